/* Calls a function of either convention with every register that it must keep full of patterns, and stores them afterwards.
   checked(function, argument, 28 words for what is found): of System V, whatever compiles it.  `windows`: what the function is of. */
__asm__(
".globl checked\n" "checked:\n"
" push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15; push %rdx; sub $32, %rsp\n"
" mov %rdi, %rax; mov %rsi, %rcx; mov %rsi, %rdi\n"
" mov $0x1111, %ebx; mov $0x2222, %ebp; mov $0x3333, %r12d; mov $0x4444, %r13d; mov $0x5555, %r14d; mov $0x6666, %r15d\n"
" cmpl $0, windows(%rip); je 1f; mov $0x7777, %edi; mov $0x8888, %esi\n"
"1: movq %rbx, %xmm6; movlhps %xmm6, %xmm6; movaps %xmm6, %xmm7; movaps %xmm6, %xmm8; movaps %xmm6, %xmm9; movaps %xmm6, %xmm10\n"
" movaps %xmm6, %xmm11; movaps %xmm6, %xmm12; movaps %xmm6, %xmm13; movaps %xmm6, %xmm14; movaps %xmm6, %xmm15\n"
" call *%rax\n"
" mov 32(%rsp), %rdx\n"
" mov %rbx, (%rdx); mov %rbp, 8(%rdx); mov %r12, 16(%rdx); mov %r13, 24(%rdx); mov %r14, 32(%rdx); mov %r15, 40(%rdx)\n"
" mov %rdi, 48(%rdx); mov %rsi, 56(%rdx)\n"
" movups %xmm6, 64(%rdx); movups %xmm7, 80(%rdx); movups %xmm8, 96(%rdx); movups %xmm9, 112(%rdx); movups %xmm10, 128(%rdx)\n"
" movups %xmm11, 144(%rdx); movups %xmm12, 160(%rdx); movups %xmm13, 176(%rdx); movups %xmm14, 192(%rdx); movups %xmm15, 208(%rdx)\n"
" add $32, %rsp; pop %rdx; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret\n");
int windows;
typedef int (__attribute__((ms_abi)) *function)(void *);
int by_compiler(function f, void *context) { return f(context); }
