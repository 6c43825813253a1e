/* The recurrence of a layer over one sequence, by the code made for its size. Part of pass.c. */

/* Vectors of a block of units for each gate; the forward copy is laid out in such blocks. */
static size_t block_vectors(size_t padded)
{
    size_t vectors = padded / WIDEST;
    if (vectors % BLOCK_VECTORS == 0)
        return BLOCK_VECTORS;
    return vectors % 2 == 0 ? 2 : 1;
}

static size_t block_units(size_t padded)
{
    return padded <= 8 ? padded : block_vectors(padded) * WIDEST;
}

/* The code for H hidden units, known to the compiler for the sizes that the studies use. Pieces of
 * a product are halves where a team could share it, that is, where there are two blocks. */
#define WIDE_FORWARD(UV, H, padded, r)                                                             \
    do {                                                                                           \
        if ((padded) < TEAM_MOST * (size_t)(UV)*WIDEST)                                            \
            WIDE(wide_forward)(UV, 1, H, padded, r);                                               \
        else                                                                                       \
            WIDE(wide_forward)(UV, TEAM_MOST, H, padded, r);                                       \
    } while (0)

static void wide_forward(size_t hidden, size_t padded, const recurrence *r)
{
    if (hidden == 16)
        WIDE_FORWARD(16 / WIDEST < BLOCK_VECTORS ? 1 : BLOCK_VECTORS, 16, 16, r);
    else if (hidden == 64)
        WIDE_FORWARD(BLOCK_VECTORS, 64, 64, r);
    else if (hidden == 128)
        WIDE_FORWARD(BLOCK_VECTORS, 128, 128, r);
    else if (hidden == 256)
        WIDE_FORWARD(BLOCK_VECTORS, 256, 256, r);
    else if (block_vectors(padded) == BLOCK_VECTORS)
        WIDE_FORWARD(BLOCK_VECTORS, hidden, padded, r);
    else if (block_vectors(padded) == 2)
        WIDE_FORWARD(2, hidden, padded, r);
    else
        WIDE_FORWARD(1, hidden, padded, r);
}

static void recur_forward(size_t hidden, size_t padded, const recurrence *r)
{
    switch (hidden) {
    case 1:
        narrow_forward_4(1, r);
        break;
    case 2:
        narrow_forward_4(2, r);
        break;
    case 3:
        narrow_forward_4(3, r);
        break;
    case 4:
        narrow_forward_4(4, r);
        break;
    case 5:
        narrow_forward_8(5, r);
        break;
    case 6:
        narrow_forward_8(6, r);
        break;
    case 7:
        narrow_forward_8(7, r);
        break;
    case 8:
        narrow_forward_8(8, r);
        break;
    default:
        wide_forward(hidden, padded, r);
    }
}

#define WIDE_BACKWARD(UV, CHAINS, H, padded, r)                                                    \
    do {                                                                                           \
        if ((padded) < TEAM_MOST * (size_t)(UV)*WIDEST)                                            \
            WIDE(wide_backward)(UV, 1, CHAINS, H, padded, r);                                      \
        else                                                                                       \
            WIDE(wide_backward)(UV, TEAM_MOST, CHAINS, H, padded, r);                              \
    } while (0)

static void wide_backward(size_t hidden, size_t padded, const recurrence *r)
{
    if (hidden == 16)
        WIDE_BACKWARD(16 / WIDEST < BLOCK_VECTORS ? 1 : BLOCK_VECTORS, 4, 16, 16, r);
    else if (hidden == 64)
        WIDE_BACKWARD(BLOCK_VECTORS, 2, 64, 64, r);
    else if (hidden == 128)
        WIDE_BACKWARD(BLOCK_VECTORS, 2, 128, 128, r);
    else if (hidden == 256)
        WIDE_BACKWARD(BLOCK_VECTORS, 2, 256, 256, r);
    else if (block_vectors(padded) == BLOCK_VECTORS)
        WIDE_BACKWARD(BLOCK_VECTORS, 2, hidden, padded, r);
    else if (block_vectors(padded) == 2)
        WIDE_BACKWARD(2, 4, hidden, padded, r);
    else
        WIDE_BACKWARD(1, 4, hidden, padded, r);
}

static void recur_backward(size_t hidden, size_t padded, const recurrence *r)
{
    switch (hidden) {
    case 1:
        narrow_backward_4(1, r);
        break;
    case 2:
        narrow_backward_4(2, r);
        break;
    case 3:
        narrow_backward_4(3, r);
        break;
    case 4:
        narrow_backward_4(4, r);
        break;
    case 5:
        narrow_backward_8(5, r);
        break;
    case 6:
        narrow_backward_8(6, r);
        break;
    case 7:
        narrow_backward_8(7, r);
        break;
    case 8:
        narrow_backward_8(8, r);
        break;
    default:
        wide_backward(hidden, padded, r);
    }
}
