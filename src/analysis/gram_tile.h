/* gram_tile.h - the tiles of gram.c for one type: included with REAL, LANES and TILE(name)
 * defined. A block of rows is packed into panels of columns, then each pair of panels is
 * multiplied in registers. Private. */

typedef REAL TILE(lanes) __attribute__((vector_size(LANES * sizeof(REAL))));

/* acc (HIGH, PANEL) = sum over rows of a[i] b[j]; a and b point into packed panels. */
static void TILE(multiply)(size_t rows, const REAL *a, const REAL *b,
                           TILE(lanes) acc[HIGH][2]) {
    for (int i = 0; i < HIGH; i++) acc[i][0] = acc[i][1] = (TILE(lanes)){0};
    for (size_t r = 0; r < rows; r++, a += 2 * LANES, b += 2 * LANES) {
        const TILE(lanes) *at = (const TILE(lanes) *)(const void *)b;
        TILE(lanes) left = at[0], right = at[1];
        for (int i = 0; i < HIGH; i++) {
            acc[i][0] += a[i] * left;
            acc[i][1] += a[i] * right;
        }
    }
}

/* The product of some columns of a panel, from `row` on, with the panel from `column` on. */
static void TILE(add_tile)(size_t rows, size_t columns, const REAL *packed, size_t row,
                           size_t column, double *c) {
    enum { PANEL = 2 * LANES };
    TILE(lanes) acc[HIGH][2];
    const REAL *a = packed + row / PANEL * PANEL * rows + row % PANEL,
               *b = packed + column * rows;
    TILE(multiply)(rows, a, b, acc);
    for (size_t i = 0; i < HIGH && row + i < columns; i++)
        for (size_t j = 0; j < PANEL && column + j <= row + i; j++)
            c[(row + i) * columns + column + j] += (double)acc[i][j / LANES][j % LANES];
}

/* Columns `first` to first + PANEL as (rows, PANEL); columns that there are not are zeros. */
static void TILE(pack)(size_t rows, size_t columns, const float *x, const double *scale,
                       const double *shift, size_t first, REAL *out) {
    enum { PANEL = 2 * LANES };
    size_t width = columns - first < PANEL ? columns - first : PANEL;
    double middle[PANEL] = {0};
    if (shift) memcpy(middle, shift + first, width * sizeof *middle);
    for (size_t r = 0; r < rows; r++, out += PANEL) {
        const float *from = x + r * columns + first;
        for (size_t j = 0; j < width; j++)
            out[j] = (REAL)(((double)from[j] - middle[j]) * scale[r]);
        for (size_t j = width; j < PANEL; j++) out[j] = 0;
    }
}

static void TILE(add_block)(size_t rows, size_t columns, const float *x, const double *scale,
                            const double *shift, void *room, double *c) {
    enum { PANEL = 2 * LANES };
    REAL *packed = room;
    size_t panels = (columns + PANEL - 1) / PANEL;
#pragma omp parallel if (rows * columns * columns > SERIAL)
    {
#pragma omp for schedule(static)
        for (size_t p = 0; p < panels; p++)
            TILE(pack)(rows, columns, x, scale, shift, p * PANEL, packed + p * PANEL * rows);
#pragma omp for schedule(dynamic)
        for (size_t row = 0; row < columns; row += HIGH)
            for (size_t column = 0; column < row + HIGH && column < columns; column += PANEL)
                TILE(add_tile)(rows, columns, packed, row, column, c);
    }
}
