/* Verdicts on single sequences, as `sweep detect` prints them. */
#include "results/report/report.h"
#include "results/report/rows_priv.h"
#include "results/report/table_priv.h"

swp_status res_verdicts_write(const res_verdicts *verdicts, res_format format, FILE *out,
                              swp_err *err)
{
    static const char *const names[] = {"row", "label", "error", "verdict"};
    if (format != RES_CSV && format != RES_JSON)
        return swp_fail(err, SWP_USAGE, "expected the format csv or json for verdicts");
    res_rows rows;
    res_rows_begin(&rows, format, names, sizeof names / sizeof names[0], out);
    for (size_t i = 0; i < verdicts->n; i++) {
        float error = verdicts->errors[i];
        res_rows_size(&rows, i);
        res_rows_text(&rows, verdicts->labels ? verdicts->labels[i] : NULL);
        res_rows_float(&rows, error);
        res_rows_text(&rows, (double)error > verdicts->threshold ? "anomaly" : "normal");
    }
    swp_status status = res_rows_end(&rows, err);
    fputs(format == RES_JSON ? "\n" : "", out);
    return status == SWP_OK ? res_out_check(out, err) : status;
}
