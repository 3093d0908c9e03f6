"""Records of plugins become offers, collected when first looked up and found by name, by suffix or by asking a policy.

Invariant: a plugin whose offers fail is left out with its error; only duplicates, which no rule could decide, raise.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pluggy

from arrowsmith.diagnostics import Source, nearest
from arrowsmith.errors import ArrowsmithError, OptionError, PluginError, code
from arrowsmith.forks import renewed_in_children
from arrowsmith.interfaces import (
    BatchReport,
    CompileReport,
    Emitter,
    Format,
    Framer,
    Include,
    NamesTransforms,
    Options,
    Sink,
    Transformer,
    Yields,
    plain,
)
from arrowsmith.registry.discovery import Record, discover
from arrowsmith.registry.kinds import ALLOCATOR, EMITTER, FORMAT, FRAMER, KINDS, SINK, TRANSFORM, Kind, shape_error
from arrowsmith.registry.offers import OWN, Offer, Transformers, distinct, duplicate

if TYPE_CHECKING:
    from arrowsmith.host import Host
    from arrowsmith.layout.nodes import Layout
    from arrowsmith.memory import Allocator
    from arrowsmith.program.builder import Builder
    from arrowsmith.program.program import Program

O_NAME = code("O0005", "nothing that the plugins offer has this name")
O_SUFFIX = code("O0006", "a file name does not tell which format or sink is meant")
O_AMBIGUOUS = code("O0007", "more than one format or sink accepts a file")
O_NONE_FITS = code("O0009", "every emitter or allocator refuses")
P_RAISED = code("P0002", "a hook of a plugin raised an exception")
P_ANSWER = code("P0003", "a policy answered with something that was not among the candidates")

_Suffixed = TypeVar("_Suffixed", Format, Sink)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """One plugin as ``arrowsmith plugins`` shows it.

    ``name`` is ``distribution:entry-point``; ``offers`` are texts such as ``format copybook``; ``error`` says why the plugin,
    or a part of its offers, is not used ("" where all is well).
    """

    name: str
    distribution: str
    version: str
    hooks: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    error: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution} {self.version})"


def load(
    *,
    entry_points: Iterable[metadata.EntryPoint] | None = None,
    allow: Collection[str] | None = None,
    trace: bool | None = None,
) -> Registry:
    """A registry of the plugins that *entry_points* name; by default all those installed in the group ``arrowsmith``.

    *allow* restricts them, as ``ARROWSMITH_PLUGINS`` does where it is None; *trace* shows hook calls on standard error, as
    ``ARROWSMITH_TRACE=1`` does where it is None.  Raises `OptionError` only for an allow-list that names what is not installed.
    """
    return Registry(*discover(entry_points, allow, trace))


class Registry:
    """What the plugins offer, collected when first looked up.  `load` makes one; tests make their own."""

    def __init__(self, manager: pluggy.PluginManager, records: Sequence[Record]) -> None:
        self._manager = manager
        self._records = tuple(records)
        self._collected: dict[str, tuple[Offer, ...]] = {}
        self._lock = threading.Lock()
        self._transforms = Transformers(lambda: self._collect(TRANSFORM))
        renewed_in_children(self)

    def renew(self) -> None:
        """See `arrowsmith.forks.Renewed`."""
        self._lock = threading.Lock()

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        """Every installed plugin, by name, with its offers and what is wrong with it.  Never raises for a plugin's fault."""
        offers = {kind: self._collect(kind) for kind in KINDS}
        faults = {kind: duplicate(kind, found) for kind, found in offers.items()}
        return tuple(
            Plugin(
                name=record.name,
                distribution=record.distribution,
                version=record.version,
                hooks=record.hooks,
                offers=tuple(f"{k.name} {o.object.name}" for k in KINDS for o in offers[k] if o.record is record),
                error="; ".join(
                    [
                        *record.errors,
                        *(fault.message for pair, fault in filter(None, faults.values()) if record in pair),
                    ]
                ),
            )
            for record in self._records
        )

    # -- formats

    @property
    def formats(self) -> tuple[Format, ...]:
        """All formats, by name."""
        return tuple(sorted(self._all(FORMAT), key=lambda f: plain(f.name)))

    def format(self, name: str) -> Format:
        """The format called *name*.  Raises `OptionError`, with the nearest name, where there is none."""
        return cast("Format", self._named(FORMAT, name))

    def format_of(self, source: Source) -> Format:
        """The format of *source* by the suffix of its name; several that share the suffix are asked.

        Raises `OptionError` where no format has the suffix, and where several, or none, of those that have it accept it.
        """
        fitting = _by_suffix(self.formats, source.name)
        if len(fitting) == 1:
            return fitting[0]
        accepting = [f for f in fitting or self.formats if self._detects(f, source)]
        if fitting and len(accepting) == 1:
            return accepting[0]
        if fitting and accepting:
            every = "both" if len(accepting) == 2 else "all"
            raise OptionError(
                f"ambiguous dictionary: {_listed(accepting)} {every} accept {source.name}",
                code=O_AMBIGUOUS,
                help="say which with --format",
            )
        why = f"none of {_listed(fitting)} accepts it" if fitting else "no format has a suffix that ends its name"
        looks = f"; it looks like {_listed(accepting)}" if accepting else ""
        raise OptionError(
            f"the format of {source.name} is not known: {why}",
            code=O_SUFFIX,
            help=f"say it with --format, one of {_listed(self.formats) or 'none (no plugin offers a format)'}{looks}",
        )

    def _detects(self, format: Format, source: Source) -> bool:
        try:
            return format.detect(source)
        except MemoryError:
            raise
        except Exception as error:
            raise self._raised(FORMAT, format, "detect", error) from error

    def parse(self, format: Format, sources: Sequence[Source], options: Options, include: Include) -> Layout:
        """What *format* makes of *sources*; it is told which transforms there are, where it wants to know.  Raises as `Format.parse`."""
        if isinstance(format, NamesTransforms):
            return format.parse_with(sources, options, include, self.transforms)
        return format.parse(sources, options, include)

    # -- transforms

    @property
    def transforms(self) -> Mapping[str, Transformer]:
        """All transforms, core's own among them, by name.  Looking one up raises `PluginError` where two have one name."""
        return self._transforms

    # -- framers

    @property
    def framers(self) -> tuple[Framer, ...]:
        """All framers, by name."""
        return tuple(sorted(self._all(FRAMER), key=lambda f: plain(f.name)))

    def framer(self, name: str) -> Framer:
        """The framer called *name*.  Raises `OptionError`, with the nearest name, where there is none."""
        return cast("Framer", self._named(FRAMER, name))

    def find(self, framer: Framer, build: Builder, record: Yields, options: Options) -> None:
        """`Framer.find` of *framer*.  Raises `PluginError` where it raises what it may not."""
        try:
            framer.find(build, record, options)
        except (ArrowsmithError, MemoryError):
            raise
        except Exception as error:
            raise self._raised(FRAMER, framer, "find", error) from error

    # -- emitters

    @property
    def emitters(self) -> tuple[Emitter, ...]:
        """All emitters, highest rank first."""
        return tuple(sorted(self._all(EMITTER), key=lambda e: (-e.rank, plain(e.name))))

    def emitter(self, name: str) -> Emitter:
        """The emitter called *name*.  Raises `OptionError`, with the nearest name, where there is none."""
        return cast("Emitter", self._named(EMITTER, name))

    def choose_emitter(self, program: Program, host: Host, *, without: Collection[str] = ()) -> Emitter:
        """The emitter that the policy takes for *program*, leaving out those named in *without*.

        Raises `OptionError` with every refusal where there is none, `PluginError` where a policy misbehaves.
        """
        candidates = tuple(e for e in self.emitters if e.name not in without)
        answer = self._ask("arrowsmith_select_emitter", candidates, program=program, host=host)
        if answer is not None:
            return cast("Emitter", answer)
        reasons = [f"{e.name}: {e.refuses(program, host) or 'is taken only when named'}" for e in candidates]
        raise self._none_fits("emitter", reasons)

    # -- allocators

    @property
    def allocators(self) -> tuple[Allocator, ...]:
        """All allocators, highest rank first."""
        return tuple(sorted(self._all(ALLOCATOR), key=lambda a: (-a.rank, plain(a.name))))

    def allocator(self, name: str) -> Allocator:
        """The allocator called *name*.  Raises `OptionError`, with the nearest name, where there is none."""
        return cast("Allocator", self._named(ALLOCATOR, name))

    def choose_allocator(self, size: int, host: Host) -> Allocator:
        """The allocator that the policy takes for *size* bytes of code.

        Raises `OptionError` with every refusal where there is none, `PluginError` where a policy misbehaves.
        """
        candidates = self.allocators
        answer = self._ask("arrowsmith_select_allocator", candidates, size=size, host=host)
        if answer is not None:
            return cast("Allocator", answer)
        reasons = [f"{a.name}: {a.refuses(host) or 'is taken only when named'}" for a in candidates]
        raise self._none_fits("allocator", reasons)

    # -- sinks

    @property
    def sinks(self) -> tuple[Sink, ...]:
        """All sinks, by name."""
        return tuple(sorted(self._all(SINK), key=lambda s: plain(s.name)))

    def sink(self, name: str) -> Sink:
        """The sink called *name*.  Raises `OptionError`, with the nearest name, where there is none."""
        return cast("Sink", self._named(SINK, name))

    def sink_of(self, target: str) -> Sink:
        """The sink of the file name *target* by its suffix.  Raises `OptionError` where none or several have it."""
        fitting = _by_suffix(self.sinks, target)
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise OptionError(
                f"ambiguous output: {_listed(fitting)} {'both' if len(fitting) == 2 else 'all'} write {target}",
                code=O_AMBIGUOUS,
                help="say which with --to",
            )
        known = ", ".join(sorted({suffix for sink in self.sinks for suffix in sink.suffixes}))
        raise OptionError(
            f"the name {target} does not tell which sink is meant",
            code=O_SUFFIX,
            help=f"end it with one of {known}, or say --to with one of {_listed(self.sinks)}"
            if known
            else "no plugin offers a sink",
        )

    # -- events

    def kernel_loaded(self, report: CompileReport) -> None:
        """Tell the plugins that a kernel is ready.  Raises `PluginError` where one of them raises."""
        self._call("arrowsmith_kernel_loaded", report=report)

    def batch_written(self, report: BatchReport) -> None:
        """Tell the plugins that a batch is written.  Raises `PluginError` where one of them raises."""
        self._call("arrowsmith_batch_written", report=report)

    # -- what the above is made of

    def _collect(self, kind: Kind) -> tuple[Offer, ...]:
        """What the plugins offer of *kind*, asked once; a plugin that fails is left out, and its error recorded."""
        with self._lock:
            if kind.name not in self._collected:
                asked = [self._asked(kind, record) for record in self._records if kind.hook in record.hooks]
                self._collected[kind.name] = (*OWN.get(kind.name, ()), *chain.from_iterable(asked))
            return self._collected[kind.name]

    def _asked(self, kind: Kind, record: Record) -> list[Offer]:
        """What one plugin offers of *kind*: it is called alone, so that what comes back is known to be its own."""
        others = [plugin for plugin in self._manager.get_plugins() if plugin is not record.module]
        try:
            answers = self._manager.subset_hook_caller(kind.hook, remove_plugins=others)()
            if not answers:
                raise TypeError("it returned None, not a list of offers")
            offered = list(answers[0])
            fault = next(filter(None, (shape_error(kind, item, record) for item in offered)), None)
        except Exception as error:  # noqa: BLE001  # a foreign function may raise anything; it is reported as its fault
            record.errors.append(f"{kind.hook} failed: {type(error).__name__}: {error}")
            return []
        if fault is not None:
            record.errors.append(fault)
            return []
        return [Offer(item, record) for item in offered]

    def _all(self, kind: Kind) -> list[Any]:
        return [offer.object for offer in distinct(kind, self._collect(kind))]

    def _named(self, kind: Kind, name: str) -> object:
        offered = self._all(kind)
        for item in offered:
            if plain(item.name) == plain(name):
                return item
        names = sorted(item.name for item in offered)
        close = nearest(name, names)
        helps = [f"did you mean {close}?"] if close else []
        broken = [p.name for p in self.plugins if p.error]
        if broken:
            helps.append(f"not used: {', '.join(broken)}; `arrowsmith plugins` says why")
        known = ", ".join(names) or "none"
        raise OptionError(f"no {kind.name} is called {name} (known: {known})", code=O_NAME, help="; ".join(helps))

    def _raised(self, kind: Kind, offered: object, method: str, error: Exception) -> PluginError:
        """What to say where *method* of what is *offered* has raised *error*."""
        owner = next(o.record for o in self._collect(kind) if o.object is offered)
        name = f"{kind.name} {getattr(offered, 'name', '')}"
        return PluginError(f"plugin {owner}: {name}: {method} raised {type(error).__name__}: {error}", code=P_RAISED)

    def _none_fits(self, kind: str, reasons: Sequence[str]) -> OptionError:
        broken = [p.name for p in self.plugins if p.error]
        return OptionError(
            f"no {kind} can be used: {'; '.join(reasons) or 'no plugin offers one'}",
            code=O_NONE_FITS,
            help=f"not used: {', '.join(broken)}; `arrowsmith plugins` says why" if broken else "",
        )

    def _ask(self, hook: str, candidates: Sequence[object], **arguments: object) -> object:
        """The first answer to a policy *hook*, which must be one of the *candidates*, or None."""
        answer = self._call(hook, candidates=candidates, **arguments)
        if answer is not None and not any(answer is candidate for candidate in candidates):
            raise PluginError(f"{hook} answered with {answer!r}, which was not among the candidates", code=P_ANSWER)
        return answer

    def _call(self, hook: str, **arguments: object) -> object:
        caller = getattr(self._manager.hook, hook)
        try:
            return caller(**arguments)
        except (ArrowsmithError, MemoryError):  # the latter is no plugin's fault
            raise
        except Exception as error:
            record = self._culprit(caller, error)
            owner = f"plugin {record}" if record is not None else "arrowsmith's own policy"
            raise PluginError(f"{owner}: {hook} raised {type(error).__name__}: {error}", code=P_RAISED) from error

    def _culprit(self, caller: pluggy.HookCaller, error: Exception) -> Record | None:
        """The plugin that *error* came from: its implementation of the hook is on the traceback, or the ``refuses`` of
        something it offers (the stock policies ask each candidate)."""
        running = set()
        trace = error.__traceback__
        while trace is not None:
            running.add(trace.tb_frame.f_code)
            trace = trace.tb_next
        owners = {id(record.module): record for record in self._records}
        for implementation in caller.get_hookimpls():
            if getattr(implementation.function, "__code__", None) in running and id(implementation.plugin) in owners:
                return owners[id(implementation.plugin)]
        for offer in (offer for offers in self._collected.values() for offer in offers):
            if getattr(getattr(offer.object, "refuses", None), "__code__", None) in running:
                return offer.record
        return None


def _by_suffix(offered: Iterable[_Suffixed], name: str) -> list[_Suffixed]:
    """Those with the longest suffix that *name* ends with."""
    lengths = [(max((len(s) for s in o.suffixes if name.lower().endswith(s)), default=0), o) for o in offered]
    longest = max((length for length, _ in lengths), default=0)
    return [item for length, item in lengths if length == longest > 0]


def _listed(offered: Iterable[Format | Sink]) -> str:
    names = [item.name for item in offered]
    return " and ".join(names) if len(names) == 2 else ", ".join(names)
