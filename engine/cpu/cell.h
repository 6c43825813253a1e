/* The LSTM cell and its adjoint. A template like vec.h, after act.h. */

#define VEC_PASTE2(name, width) name##_##width
#define VEC_PASTE(name, width)  VEC_PASTE2(name, width)
#define V(name)                 VEC_PASTE(name, VW)

/* One LSTM cell for VW units, in two halves: pre-activations become gates; c is replaced. */
static inline void V(cell_state)(V(v) gate[3], V(v) * c)
{
    gate[0] = V(sigmoid)(gate[0]);
    gate[1] = V(sigmoid)(gate[1]);
    gate[2] = V(tanh)(gate[2]);
    *c = V(fma)(gate[0], gate[2], gate[1] * *c); /* tanh is what comes last */
}

/* Returns the hidden state. */
static inline V(v) V(cell_output)(V(v) * gate, V(v) c, V(v) * tanh_c)
{
    *gate = V(sigmoid)(*gate);
    *tanh_c = V(tanh)(c);
    return *gate * *tanh_c;
}

static inline V(v) V(cell)(V(v) gate[4], V(v) * c, V(v) * tanh_c)
{
    V(cell_state)(gate, c);
    return V(cell_output)(&gate[3], *c, tanh_c);
}

/* Its adjoint: gates in, gradients of the pre-activations out. dc carries the cell's gradient from
 * one step to the one before. */
static inline void V(cell_adjoint)(V(v) gate[4], V(v) c_before, V(v) tanh_c, V(v) dh, V(v) * dc)
{
    V(v) i = gate[0], f = gate[1], g = gate[2], o = gate[3];
    V(v) one = V(splat)(1);
    V(v) dct = V(fma)(dh, o * V(fma)(-tanh_c, tanh_c, one), *dc);
    gate[0] = dct * (g * (i * (1 - i)));
    gate[1] = dct * (c_before * (f * (1 - f)));
    gate[2] = dct * (i * V(fma)(-g, g, one));
    gate[3] = dh * (tanh_c * (o * (1 - o)));
    *dc = dct * f;
}

#undef V
#undef VEC_PASTE
#undef VEC_PASTE2
