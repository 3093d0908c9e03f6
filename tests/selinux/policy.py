"""A SELinux policy in CIL for the guest: everything is allowed to everybody, but for what a domain's name says it lacks.

``full_t`` lacks nothing; ``no_<letters>_t`` lacks, letter by letter: m execmem, h execheap, o execmod, s execstack, f execute on
files that it made, z execute on /dev/zero.  Permissions are those of the Linux kernel's include/security classmap.
"""

from __future__ import annotations

from itertools import combinations

LETTERS = "mhosfz"
PROCESS = {"m": "execmem", "h": "execheap", "s": "execstack"}
FILE = ("read", "write", "execute", "execmod", "entrypoint", "map", "execute_no_trans")
OTHERS = ("dir", "lnk_file", "sock_file", "fifo_file", "blk_file")
TYPES = ("kernel_t", "system_t", "tmpfs_t", "made_t", "device_t", "zero_t", "selinuxfs_t", "unlabeled_t")
#: what a domain makes, or may make, files of
MADE = ("tmpfs_t", "made_t", "device_t")
#: initial contexts, in the kernel's order (security/selinux/include/initial_sid_to_string.h)
INITIAL = (
    "kernel",
    "security",
    "unlabeled",
    "fs",
    "file",
    "file_labels",
    "init",
    "any_socket",
    "port",
    "netif",
    "netmsg",
    "node",
    "igmp_packet",
    "icmp_socket",
    "tcp_socket",
    "sysctl_modprobe",
    "sysctl",
    "sysctl_fs",
    "sysctl_kernel",
    "sysctl_net",
    "sysctl_net_unix",
    "sysctl_vm",
    "sysctl_dev",
    "kmod",
    "policy",
    "scmp_packet",
    "devnull",
)
LABELLED = {
    "kernel": "kernel_t",
    "init": "kernel_t",
    "kmod": "kernel_t",
    "unlabeled": "unlabeled_t",
    "devnull": "device_t",
}


def domains() -> dict[str, str]:
    """Every domain and the letters of what it lacks."""
    lacking = ("".join(c) for n in range(1, len(LETTERS) + 1) for c in combinations(LETTERS, n))
    return {"full_t": "", **{f"no_{letters}_t": letters for letters in lacking}}


def _context(kind: str) -> str:
    role = "r" if kind == "kernel_t" else "object_r"
    return f"(u {role} {kind} (low low))"


def policy() -> str:
    """The whole policy as CIL text, for ``secilc``."""
    known = domains()
    everything = " ".join(FILE)
    out = [
        "(handleunknown allow)(mls false)(policycap open_perms)(policycap nnp_nosuid_transition)",
        "(class process (transition dyntransition execmem execheap execstack))",
        *(f"(class {kind} ({everything}))" for kind in ("file", "chr_file")),
        *(f"(class {kind} ({'add_name' if kind == 'dir' else 'read'}))" for kind in OTHERS),
        f"(classorder (process file chr_file {' '.join(OTHERS)}))",
        "(sensitivity s0)(sensitivityorder (s0))(category c0)(categoryorder (c0))(sensitivitycategory s0 (c0))",
        "(level low (s0))(levelrange lowlow (low low))",
        "(user u)(role r)(role object_r)(userrole u r)(userrole u object_r)(userlevel u low)(userrange u lowlow)",
        *(f"(type {t})(roletype r {t})(roletype object_r {t})" for t in (*TYPES, *known)),
        f"(typeattribute domain)(typeattributeset domain (kernel_t {' '.join(known)}))",
        f"(typeattribute labelled)(typeattributeset labelled ({' '.join((*TYPES, *known))}))",
        *(f"(sid {sid})(sidcontext {sid} {_context(LABELLED.get(sid, 'system_t'))})" for sid in INITIAL),
        f"(sidorder ({' '.join(INITIAL)}))",
        *(f"(fsuse task {fs} {_context('system_t')})" for fs in ("pipefs", "sockfs")),
        *(f"(fsuse trans {fs} {_context('tmpfs_t')})" for fs in ("tmpfs", "shm", "hugetlbfs")),
        *(f"(fsuse trans {fs} {_context('device_t')})" for fs in ("devtmpfs", "devpts")),
        *(f"(genfscon {fs} / {_context('system_t')})" for fs in ("rootfs", "proc", "sysfs", "cgroup2", "securityfs")),
        f"(genfscon selinuxfs / {_context('selinuxfs_t')})",
        "(allow domain domain (process (transition dyntransition)))",
        "(allow domain labelled (dir (add_name)))",
        *(f"(allow domain labelled ({kind} (read)))" for kind in OTHERS[1:]),
        f"(allow kernel_t labelled (file ({everything})))(allow kernel_t labelled (chr_file ({everything})))",
        "(allow kernel_t self (process (execmem execheap execstack)))",
    ]
    for domain, lacks in known.items():
        out += _allowed(domain, lacks, [*TYPES, *known])
    return "\n".join(out) + "\n"


def _allowed(domain: str, lacks: str, types: list[str]) -> list[str]:
    harmless = " ".join(p for p in FILE if p not in ("execute", "execmod"))
    rules = [f"(typetransition {domain} system_t file made_t)"]
    rules += [f"(allow {domain} self (process ({name})))" for letter, name in PROCESS.items() if letter not in lacks]
    for kind in ("file", "chr_file"):
        rules.append(f"(allow {domain} labelled ({kind} ({harmless})))")
        if "o" not in lacks:
            rules.append(f"(allow {domain} labelled ({kind} (execmod)))")
    for label in types:
        if not ("f" in lacks and label in MADE):
            rules.append(f"(allow {domain} {label} (file (execute)))")
        if not ("z" in lacks and label == "zero_t"):
            rules.append(f"(allow {domain} {label} (chr_file (execute)))")
    return rules
