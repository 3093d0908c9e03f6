/* Orders, as the till writes them. */
#ifndef ORDER_H
#define ORDER_H

#include <stdint.h>

#define NAME_LENGTH 20      // bytes, with the NUL
#define LINES (2 * 2)

typedef enum { OPEN, PAID = 10, SHIPPED, LOST = -1 } state_t;

struct line {
    uint32_t article;       /* number of the article */
    uint16_t count;
    double   price;
};

/* One order. */
typedef struct order {
    uint64_t    id;                     //!< unique
    char        customer[NAME_LENGTH];  // who pays
    state_t     state;
    unsigned    express : 1,            // sent the same day
                gift    : 1;
    unsigned            : 0;
    unsigned    parcels : 4;
    struct line lines[LINES];
    union {
        float    rebate;
        uint32_t voucher;
    };
    uint8_t     digest[16];
    short       matrix[2][3];
    _Bool       closed;
    struct order *next;                 // where it lay in memory
} order_t;

void print_order(const order_t *order, FILE *where);

#endif
