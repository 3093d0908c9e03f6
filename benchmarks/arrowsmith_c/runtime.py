"""What every printed Program begins with: types, and inline functions that its lines call with constants.

Each says in C what one load of `arrowsmith.program.ops` does, in the way that is fast in C: digits by arithmetic and not by table,
the strict form of a number first, texts whose characters are all ASCII first.
Invariant: no function reads outside the bytes it is given.
"""

from __future__ import annotations

RUNTIME = r"""
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
typedef uint8_t u8; typedef int64_t i64; typedef uint64_t u64; typedef __int128 i128; typedef unsigned __int128 u128;
#define IN static inline __attribute__((always_inline))
#define OUT static __attribute__((noinline))
#define MOST 2147483583LL

IN u64 big(const u8 *q, int n) {
    if (n == 1) return *q;
    if (n == 2) { uint16_t v; memcpy(&v, q, 2); return __builtin_bswap16(v); }
    if (n == 4) { uint32_t v; memcpy(&v, q, 4); return __builtin_bswap32(v); }
    if (n == 8) { u64 v; memcpy(&v, q, 8); return __builtin_bswap64(v); }
    u64 v = 0;
    for (int i = 0; i < n; i++) v = v << 8 | q[i];
    return v;
}
IN u64 little(const u8 *q, int n) {
    u64 v = 0;
    if (n == 1 || n == 2 || n == 4 || n == 8) { memcpy(&v, q, n); return v; }
    for (int i = n - 1; i >= 0; i--) v = v << 8 | q[i];
    return v;
}
IN int same(const u8 *q, i64 n, u8 x) { return n > 0 && q[0] == x && !memcmp(q, q + 1, n - 1); }
IN u128 ten(int n) { u128 v = 1; while (n--) v *= 10; return v; }
IN u64 ten64(int n) { u64 v = 1; while (n--) v *= 10; return v; }
IN double from_bits(u64 v) { double d; memcpy(&d, &v, 8); return d; }
/* a × 10^b; what strtod reads is rounded once */
IN double tens(i64 a, i64 b) { char t[32]; snprintf(t, sizeof t, "%llde%d", (long long)a, (int)b); return strtod(t, 0); }
IN double clean(double d) { return d != d ? from_bits(0x7FF8000000000000ULL) : d; }

/* so many nibbles from nibble number `from` on; *bad where one is above 9 */
IN u64 nibbles(const u8 *q, int from, int count, int *bad) {
    u64 v = 0;
    for (int i = from; i < from + count; i++) {
        int d = i & 1 ? q[i >> 1] & 15 : q[i >> 1] >> 4;
        *bad |= d > 9;
        v = v * 10 + d;
    }
    return v;
}
/* sign: 0 none, 1 trailing, 2 unsigned */
IN int packed(const u8 *q, int size, int digits, int sign, int missing, i128 *out) {
    int count = 2 * size - (sign != 0), bad = 0, minus = 0;
    u128 v;
    if (count <= 19) v = nibbles(q, 0, count, &bad);
    else v = (u128)nibbles(q, 0, count - 19, &bad) * 10000000000000000000ULL + nibbles(q, count - 19, 19, &bad);
    if (sign) {
        int s = q[size - 1] & 15;
        if (!missing) bad |= s < 10;
        minus = (s == 11) | (s == 13);
        if (sign == 2) bad |= minus;
    }
    if (count > digits) bad |= v >= ten(digits);
    *out = minus ? -(i128)v : (i128)v;
    return !bad;
}
IN int packed64(const u8 *q, int size, int digits, int sign, int missing, i64 *out) {
    int count = 2 * size - (sign != 0), bad = 0;
    u64 v = nibbles(q, 0, count, &bad);
    i64 w = v;
    if (sign) {
        int s = q[size - 1] & 15, minus = (s == 11) | (s == 13);
        if (!missing) bad |= s < 10;
        if (sign == 2) bad |= minus;
        w = minus ? -w : w;
    }
    if (count > digits) bad |= v >= ten64(digits);
    *out = w;
    return !bad;
}

/* plain digits */
IN u64 digits64(const u8 *q, int n, u8 zero, int *bad) {
    u64 v = 0;
    for (int i = 0; i < n; i++) {
        u8 d = q[i] - zero;
        *bad |= d > 9;
        v = v * 10 + d;
    }
    return v;
}
IN u128 digits_of(const u8 *q, int n, u8 zero, int *bad) {
    if (n <= 18) return digits64(q, n, zero, bad);
    if (n <= 36) return (u128)digits64(q, n - 18, zero, bad) * 1000000000000000000ULL + digits64(q + n - 18, 18, zero, bad);
    return (u128)digits64(q, n - 36, zero, bad) * ten(36) + digits_of(q + n - 36, 36, zero, bad);
}
/* sign: 0 none, 1 trailing, 2 leading, 3 trailing separate, 4 leading separate */
IN int zoned(const u8 *q, int size, int digits, u8 zero, const u8 *table, int sign, i128 *out) {
    int bad = 0, minus = 0, count = size;
    u128 v;
    if (sign == 0) v = digits_of(q, size, zero, &bad);
    else if (sign == 1) {
        u8 c = table[q[size - 1]];
        bad = (c >= 0x2A) | ((c & 15) > 9);
        v = digits_of(q, size - 1, zero, &bad) * 10 + (c & 15);
        minus = c >> 4 == 2;
    } else if (sign == 2) {
        u8 c = table[q[0]];
        bad = (c >= 0x2A) | ((c & 15) > 9);
        v = digits_of(q + 1, size - 1, zero, &bad) + (u128)(c & 15) * ten(size - 1);
        minus = c >> 4 == 2;
    } else {
        u8 c = table[q[sign == 3 ? size - 1 : 0]];
        bad = (c != 0x30) & (c != 0x31);
        minus = c == 0x31;
        count = size - 1;
        v = digits_of(q + (sign == 4), size - 1, zero, &bad);
    }
    if (count > digits) bad |= v >= ten(digits);
    *out = minus ? -(i128)v : (i128)v;
    return !bad;
}
typedef struct { int size, digits, scale, sign, anywhere, point, blank_zero, bits; const u8 *table; } number;
/* 0 refused, 1 a value, 2 null */
OUT int scanned(const u8 *q, const number *o, i128 *out) {
    u128 v = 0;
    int found = 0, sign = 0, fraction = -1, spelled = 0;
    for (int i = 0; i < o->size; i++) {
        int c = o->table[q[i]], given = 0;
        if (c == 0x32 || c == 0x33) continue;
        if (c < 0x2A && (c & 15) < 10) {
            given = c >> 4;
            if (given && !(o->anywhere || i == 0 || i == o->size - 1)) return 0;
            if (given == 1 && o->sign == 0 && !o->anywhere) return 0;
            v = v * 10 + (c & 15);
            found++;
            fraction += fraction >= 0;
        } else if (c == 0x30 || c == 0x31) {
            given = c == 0x30 ? 1 : 2;
            if (sign) return 0;
            spelled = 1;
        } else if ((c == 0x34 || c == 0x35) && o->point && fraction < 0) fraction = 0;
        else return 0;
        if (given && sign && (spelled || !o->anywhere)) return 0;
        if (given == 2 && o->sign == 0 && !o->anywhere) return 0;
        if (given) sign = given;
    }
    if (sign == 2 && o->sign == 0) return 0;
    if (!found) { *out = 0; return o->blank_zero ? 1 : 2; }
    if (o->point) {
        int shift = o->scale - (fraction < 0 ? 0 : fraction);
        if (shift < 0) {
            if (v % ten(-shift)) return 0;
            v /= ten(-shift);
        } else if (v) {
            if (shift >= o->digits || v >= ten(o->digits - shift)) return 0;
            v *= ten(shift);
        }
    }
    if (o->bits) {
        u128 half = (u128)1 << (o->bits - 1);
        if (sign == 2 ? v > half : v >= half) return 0;
    } else if (v >= ten(o->digits)) return 0;
    *out = sign == 2 ? -(i128)v : (i128)v;
    return 1;
}
IN int lenient(const u8 *q, const number *o, u8 zero, i128 *out) {
    if (o->point && o->scale) return scanned(q, o, out);
    int bad = 0;
    u8 c = o->table[q[o->size - 1]];
    bad = (c >= (o->sign ? 0x2A : 0x0A)) | ((c & 15) > 9);
    u128 v = digits_of(q, o->size - 1, zero, &bad) * 10 + (c & 15);
    if (o->bits || o->size > o->digits) bad |= v >= (o->bits ? (u128)1 << (o->bits - 1) : ten(o->digits));
    if (__builtin_expect(bad, 0)) return scanned(q, o, out);
    *out = c >> 4 == 2 ? -(i128)v : (i128)v;
    return 1;
}

/* a signaling NaN becomes quiet */
IN double single(uint32_t w) {
    float v;
    if ((w & 0x7FFFFFFF) > 0x7F800000) w |= 0x400000;
    memcpy(&v, &w, 4);
    return v;
}
IN double ibm(u64 n, int fraction) {
    u64 f = n & ((1ULL << fraction) - 1);
    int e = 4 * ((int)(n >> fraction & 0x7F) - 64) - fraction;
    double d = (double)f * from_bits((u64)(1023 + e) << 52);
    return n >> (fraction + 7) ? -d : d;
}

/* behind the pads of a text */
IN const u8 *left(const u8 *a, const u8 *b, const u8 *pads) { while (a < b && pads[*a]) a++; return a; }
IN const u8 *right(const u8 *a, const u8 *b, const u8 *pads) { while (b > a && pads[b[-1]]) b--; return b; }
IN int decodable(const u8 *a, i64 n, const u8 *wrong) {
    u8 bad = 0;
    for (i64 i = 0; i < n; i++) bad |= wrong[a[i]];
    return !bad;
}
/* plain: the ASCII character of a byte, 0x80 where it has another; wide: up to three bytes, their number in the top one */
IN i64 translated(u8 *restrict d, const u8 *restrict a, i64 n, const u8 *plain, const uint32_t *wide, int narrow) {
    u8 seen = 0;
    for (i64 i = 0; i < n; i++) seen |= d[i] = plain[a[i]];
    if (narrow || !(seen & 0x80)) return n;
    u8 *e = d;
    for (i64 i = 0; i < n; i++) { uint32_t t = wide[a[i]]; memcpy(e, &t, 4); e += t >> 24; }
    return e - d;
}
IN i64 hexed(u8 *d, const u8 *a, i64 n) {
    for (i64 i = 0; i < n; i++) { d[2 * i] = "0123456789ABCDEF"[a[i] >> 4]; d[2 * i + 1] = "0123456789ABCDEF"[a[i] & 15]; }
    return 2 * n;
}

IN int day(i64 y, i64 m, i64 d, i64 *out) {
    if (y < 1 || y > 9999) return 0;
    int leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    static const short before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    static const u8 days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    i64 z = y - 1, first = z * 365 + z / 4 - z / 100 + z / 400 - 719162;
    if (m == -1) {
        if (d < 1 || d > 365 + leap) return 0;
        *out = first + d - 1;
        return 1;
    }
    if (m < 1 || m > 12 || d < 1 || d > days[m - 1] + (leap && m == 2)) return 0;
    *out = first + before[m - 1] + (leap && m > 2) + d - 1;
    return 1;
}
"""
