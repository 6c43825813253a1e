/* What a recurrence over one sequence is given from outside, worked out as it goes. A template like
 * vec.h. */

#define VEC_PASTE2(name, width) name##_##width
#define VEC_PASTE(name, width)  VEC_PASTE2(name, width)
#define V(name)                 VEC_PASTE(name, VW)

/* What is not recurrent of the pre-activations at time t: a vector of gates from `at` on. */
static inline ALWAYS_INLINE V(v) V(given)(const recurrence *r, size_t t, size_t at)
{
    return V(fma)(V(splat)(r->x[t]), V(load)(r->w + at), V(load)(r->base + t * r->stride + at));
}

/* What is not recurrent of the gradient of the hidden states at time t: a vector of units from `at`
 * on. In two roundings, as over a batch. */
static inline ALWAYS_INLINE V(v) V(given_back)(const recurrence *r, size_t t, size_t at)
{
    V(v) read_out = r->dy[t] * V(load)(r->w_out + at);
    return V(load)(r->above + t * r->above_stride + at) + read_out;
}

#undef V
#undef VEC_PASTE
#undef VEC_PASTE2
