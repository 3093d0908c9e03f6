/* Runs machine code of the Windows convention: harness.exe JOB RESULT.  Pages by VirtualAlloc, VirtualProtect, FlushInstructionCache;
   the buffers of JOB are put wherever this process has room, and the addresses in the context are made to point there.
   JOB: code, context, count of buffers, for each its old address and its bytes, count of places, for each the place in the context and
   the number of the buffer; all numbers and sizes of 8 bytes.  RESULT: what the code returned, 28 words of `checked`, context, buffers. */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>
#include "../plugins/caller.c"
typedef unsigned long long u64;
extern int __attribute__((sysv_abi)) checked(void *code, void *context, u64 *found);
static FILE *job, *result;
static u64 number(void) { u64 n; if (fread(&n, 8, 1, job) != 1) exit(90); return n; }
static unsigned char *bytes(u64 *size) {
    *size = number();
    unsigned char *at = VirtualAlloc(0, *size + 1, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (!at || fread(at, 1, *size, job) != *size) exit(91);
    return at;
}
int main(int argc, char **argv) {
    u64 code_size, context_size, found[28], old[4096], size[4096];
    unsigned char *buffer[4096];
    DWORD before;
    if (argc != 3 || !(job = fopen(argv[1], "rb")) || !(result = fopen(argv[2], "wb"))) return 92;
    unsigned char *code = bytes(&code_size), *context = bytes(&context_size);
    u64 buffers = number();
    if (buffers > 4096) return 93;
    for (u64 n = 0; n < buffers; n++) { old[n] = number(); buffer[n] = bytes(&size[n]); }
    u64 places = number(), *place = calloc(places + 1, 16);
    for (u64 n = 0; n < places; n++) {
        place[2 * n] = number(), place[2 * n + 1] = number();
        *(u64 *)(context + place[2 * n]) += (u64)buffer[place[2 * n + 1]] - old[place[2 * n + 1]];
    }
    if (!VirtualProtect(code, code_size, PAGE_EXECUTE_READ, &before)) return 94;
    if (!FlushInstructionCache(GetCurrentProcess(), code, code_size)) return 95;
    windows = 1;
    u64 stop = (unsigned)checked(code, context, found);
    for (u64 n = 0; n < places; n++)
        *(u64 *)(context + place[2 * n]) -= (u64)buffer[place[2 * n + 1]] - old[place[2 * n + 1]];
    fwrite(&stop, 8, 1, result), fwrite(found, 8, 28, result), fwrite(context, 1, context_size, result);
    for (u64 n = 0; n < buffers; n++) fwrite(buffer[n], 1, size[n], result);
    return fclose(result) ? 96 : 0;
}
