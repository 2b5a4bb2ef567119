/*
 * loss: made by Wengert for x86_64-unknown-linux-gnu, x86-64-v3
 *
 * inputs:
 *   x     float64, shape (n, 40)
 *   w     float64, shape (40)
 * outputs:
 *   out0  float64, one number
 *   out1  float64, shape (40)
 *   out2  float64, shape (n)
 * sizes:
 *   n     a size
 *
 * Arrays are contiguous with the last index running fastest; none may overlap an output. The function keeps no
 * state: threads may call it at the same time, each with a workspace of its own.
 * workspace: memory of at least loss_workspace(n) bytes, of any alignment; what is in it means nothing.
 * Returns:
 *    0  done
 *   -1  there is no workspace
 *   -2  a size is negative or too large
 * Link with BLAS, for dgemv_.
 */
#ifndef WENGERT_LOSS_H
#define WENGERT_LOSS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

int loss(const double *x, const double *w, double *out0, double *out1, double *out2, int64_t n, void *workspace);
int64_t loss_workspace(int64_t n);

#ifdef __cplusplus
}
#endif

#endif
