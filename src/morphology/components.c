#include "components.h"

int gt_fill_component(int height, int width, int32_t *labels, int start, int32_t to,
                      int32_t *stack) {
    int32_t from = labels[start];
    int waiting = 1, count = 0;
    stack[0] = start;
    labels[start] = to;
    while (waiting) {
        int at = stack[--waiting], y = at / width, x = at % width;
        count++;
        for (int i = y > 0 ? y - 1 : 0; i <= y + 1 && i < height; i++)
            for (int j = x > 0 ? x - 1 : 0; j <= x + 1 && j < width; j++)
                if (labels[i * width + j] == from) {
                    labels[i * width + j] = to;
                    stack[waiting++] = i * width + j;
                }
    }
    return count;
}
