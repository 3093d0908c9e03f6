#pragma once
#pragma pack(push, 1)
typedef struct {
    unsigned char version : 4, ihl : 4;
    unsigned char tos;
    unsigned short length;
    struct { unsigned short flags : 3, offset : 13; } fragment;
    union { unsigned int word; unsigned char byte[4]; } source;
} packet;
#pragma pack(pop)
_Static_assert(sizeof(packet) == 10, "ten bytes");
