/* stair.h - products with a stair, and the arrangement of masked weights, on floats. */
#ifndef GT_ENGINE_STAIR_H
#define GT_ENGINE_STAIR_H

#include "node.h"

/* A product (m,n) = (m,k) (k,n) with the attributes of a STAIR_MATMUL. */
typedef struct gt_stair_product {
    const gt_attr *attr;
    int64_t m, n, k;
} gt_stair_product;

double gt_stair_flops(const gt_stair_product *product);
GT_MUST_CHECK gt_status gt_stair_matmul_run(const gt_stair_product *product, const float *a,
                                            const float *b, float *result, gt_error *err);

/* ARRANGE of a (rows,columns) matrix; scratch holds gt_arrange_scratch(columns) bytes. */
size_t gt_arrange_scratch(int64_t columns);
void gt_arrange_run(const gt_attr *attr, int64_t rows, int64_t columns, const float *src,
                    float *dst, void *scratch, int threads);

#endif
