# The faults that mutants.sh plants. Those of `mutant` are planted in ctest, too: one or two of each
# kind, in code that rarely changes.
# shellcheck shell=sh

# --- engine: streams, splits, data ---------------------------------------------------------------
also 'another shift of the Mersenne Twister' engine/data/rng.c engine/rng "$(change 1 'y >> 11' 'y >> 12')"
also 'one bit of a uniform number dropped' engine/data/rng.c engine/rng "$(change 1 0xffffffu 0x7fffffu)"
also 'a permutation that leaves out its last exchange' engine/data/rng.c engine/rng \
    "$(change 1 'i-- > 1' 'i-- > 2')"
also 'a bounded draw that never returns its bound' engine/data/rng.c engine/rng \
    "$(change 1 'while .value > most' 'while (most > 1 \\&\\& value >= most')"
also 'the size of a cut rounded down' engine/data/rng.c 'engine/rng engine/split' "$(change 1 'ceil' 'floor')"
mutant 'off by one in a split' engine/data/rng.c 'engine/rng engine/split' \
    "$(change 1 'test.i. = order.i.' 'test[i] = order[i + 1]')"
also 'the orders of a split exchanged' engine/data/split.c engine/split "$(change 1 '== ENG_SPLIT_VAL_TEST' '!= ENG_SPLIT_VAL_TEST')"
also 'as many anomalies as validation rows' engine/data/split.c engine/split \
    "$(change 1 '[?] out->n_test : left' '? out->n_val : left')"
also 'the first cut made twice' engine/data/split.c engine/split \
    "$(change 1 'cut.&between, spec->cuts.1.' 'cut(\\&between, spec->cuts[0]')"
also 'normal rows taken for anomalies' engine/data/split.c engine/split \
    "$(change 1 'normal : anomaly' 'anomaly : normal')"
also 'a shuffle that is always done' engine/data/split.c engine/split "$(change 1 'if .spec->shuffle' 'if (spec')"
also 'twice the bound of initial weights' engine/model.c 'engine/reference runner/plan_stream' \
    "$(change 1 '1.0 . sqrt' '2.0 / sqrt')"
also 'biases drawn before weights' engine/model.c 'engine/reference runner/plan_stream' \
    "$(change 1 'weight_hh_l0' 'weight_ih_l0')"

# --- engine: recurrences, gradients, Adam --------------------------------------------------------
cell='engine/cpu/cell.h<engine/cpu/pass.c'
rows='engine/cpu/rows.h<engine/cpu/pass.c'
narrow='engine/cpu/narrow.h<engine/cpu/pass.c'
wide='engine/cpu/wide.h<engine/cpu/pass.c'
batch='engine/cpu/batch.h<engine/cpu/pass.c'
also 'input and forget gate exchanged' "$cell" engine/reference \
    "$(change 1 'gate.0., gate.2., gate.1. . .c' 'gate[1], gate[2], gate[0] * *c')"
also 'the forget gate left out of a gradient' "$cell" engine/reference "$(change 1 'dc = dct . f' 'dc = dct')"
also 'the sign of a gradient through tanh' "$cell" engine/reference \
    "$(change 1 'V.fma..-tanh_c, tanh_c, one' 'V(fma)(tanh_c, tanh_c, one')"
also 'the gradient of the output gate without its slope' "$cell" engine/reference \
    "$(change 1 'tanh_c . .o . .1 - o..' 'tanh_c * o')"
also 'odd units left out of a narrow product' "$narrow" engine/reference "$(change 1 'gate.g. .= odd.g.' 'gate[g] += 0')"
also 'a backward pass one step short' "$narrow" engine/reference \
    "$(change 1 't = all->length; t-- > 0;' 't = all->length; t-- > 1;')"
also 'the gradient from above left out' "$narrow" engine/reference "$(remove 1 'dh .= V.given_back')"
also 'the gradient of the code left out' "$wide" engine/reference "$(change 1 'V.load..r->last . j. . V' 'V')"
also 'a wide recurrence that skips a unit' "$wide" 'engine/reference engine/conformance' \
    "$(change 1 'n = 0; n < count; n .=' 'n = (size_t)CHAINS; n < count; n +=')"
also 'a wide gradient without its first unit' "$wide" 'engine/reference engine/conformance' \
    "$(change 1 'n = 0; n < count; n[+][+]' 'n = 1; n < count; n++')"
also 'the input of one half of the units from the other left out' "$wide" engine/reference \
    "$(change 1 'gate.g. .= V.load..r->beside' 'gate[g] += 0 * V(load)(r->beside')"
also 'the gradient from the other half left out' "$wide" engine/reference "$(remove 1 'dh .= V.load..beside . j')"
also 'a unit of the layer below left out' "$batch" engine/reference \
    "$(change 1 'k < from->n' 'k + 1 < from->n')"
also 'the gradient of the layer below added to an older one' engine/cpu/pass.c 'engine/reference engine/conformance' \
    "$(remove 1 'memset.dh . row . in')"
also 'Adam with the wrong sign' "$rows" engine/reference "$(change 1 'V.load..weights. - step' 'V(load)(weights) + step')"
also 'Adam without its second moment decay' "$rows" engine/reference \
    "$(change 1 'V.load..v. . s->beta2' 'V(load)(v)')"
also 'epsilon inside the root' "$rows" engine/reference \
    "$(change 1 'V.root..vi., scale, V.splat..s->eps.' 'V(root)(vi + s->eps), scale, V(splat)(0)')"
also 'one of two biases left out' engine/cpu/pass.c engine/reference "$(change 1 'b_ih.r. . b_hh.r.' 'b_ih[r]')"
also 'the gradient of one of two biases left out' 'engine/cpu/gradient.h<engine/cpu/pass.c' engine/reference \
    "$(remove 1 'memcpy.to->gradient . b_hh')"
also 'the sign of the L1 loss' engine/cpu/pass.c engine/reference \
    "$(change 1 '.d > 0. - .d < 0.' '(d < 0) - (d > 0)')"
also 'half a gradient of the squared error' engine/cpu/pass.c engine/reference "$(change 1 ': 2 . d;' ': d;')"
also 'the code taken one step early' 'engine/cpu/pass.h<engine/cpu/pass.c' engine/reference \
    "$(change 1 '.p->n->length - 1. . p->B' '(p->n->length - 2) * p->B')"
also 'a batch that uses only its first sequence' engine/cpu/pass.c 'engine/reference engine/conformance' \
    "$(change 1 'code_of.p. . b . in' 'code_of(p)')"
mutant 'a step that is not counted' engine/cpu/cpu.c 'engine/reference engine/conformance' \
    "$(change 1 '[+][+]one->step' 'one->step')"
also 'bias correction of the wrong moment' engine/cpu/net.c engine/reference \
    "$(change 1 'sqrt.1 - pow.settings->beta2' 'sqrt(1 - pow(settings->beta1')"
also 'a state without its second moments' engine/cpu/cpu.c 'engine/conformance' \
    "$(remove 1 'net_pack.&cohort->net, state->v')"
also 'a state without its step count' engine/cpu/cpu.c 'engine/conformance' "$(remove 1 'one->step = state->step')"
also 'the last batch dropped' engine/cpu/cpu.c 'engine/conformance engine/reference' \
    "$(change 1 'at < n; at .= cohort->batch_size' 'at + cohort->batch_size <= n; at += cohort->batch_size')"
also 'the first part of a gradient added to the last batch' engine/cpu/cpu.c 'engine/conformance engine/reference' \
    "$(remove 1 'memset.cohort->gradient')"
also 'a part of a batch that only the first thread adds' engine/cpu/cpu.c engine/conformance \
    "$(change 1 'slot < cohort->slots . parts' 'slot < cohort->slots + 1')"
also 'weights not read again after a step' engine/cpu/cpu.c 'engine/conformance engine/reference' \
    "$(remove 2 'refresh.cohort, one, side_by_side')"
also 'a cohort with the learning rate of its first model' engine/cpu/cohort_lanes.c engine/conformance \
    "$(change 1 'next_step.&group.lane.' 'next_step(\\&group[0]')"
also 'an evaluation that repeats its first row' engine/cpu/cohort_lanes.c engine/conformance \
    "$(change 1 'rows.lane < count' 'rows[lane < 1')"
also 'a model of a cohort that is not trained' engine/cpu/cohort_lanes.c engine/conformance \
    "$(remove 2 'out_of_lane.cohort, cohort->lanes.weights')"
also 'a cohort without cell states' engine/cpu/lanes.c engine/conformance \
    "$(change 1 'past.c.j., tanh_c' 'tanh_c, tanh_c')"
also 'a cohort without momentum' engine/cpu/lanes.c engine/conformance \
    "$(change 1 '.m . number.0.' '*m * 0')"

also 'one measurement that decides on the number of threads' engine/cpu/pace.c engine/pace \
    "$(change 1 'step_s < 1.5 . .known [?] step_s : 1.5 . .known' 'step_s')"

# --- results: metrics and statistics -------------------------------------------------------------
mutant 'an error at the threshold counts as above' results/stats/detection.c results/metrics \
    "$(change 1 'errors.i. > threshold' 'errors[i] >= threshold')"
also 'a percentile without its fraction' results/stats/detection.c results/metrics "$(change 1 'rank - .double.below' '0 * rank')"
also 'a percentile of one more row' results/stats/detection.c results/metrics "$(change 1 '.double..n - 1. . .percent' '(double)(n - (n > 1)) * (0.99 * percent')"
also 'ties left out of the area under the ROC curve' results/stats/detection.c results/metrics \
    "$(change 1 'normal.not_above. <= ' 'normal[not_above] < ')"
also 'the smallest of the best thresholds' results/stats/detection.c results/metrics "$(change 1 '>= b.over . a.under' '> b.over * a.under')"
also 'F1 without one of its halves' results/stats/detection.c results/metrics "$(change 1 '2 . counts->anomaly_correct' 'counts->anomaly_correct')"
also 'a sign in the correlation of Matthews' results/stats/detection.c results/metrics \
    "$(change 1 'passes - alarms' 'passes + alarms')"
also 'precision of the normal class' results/stats/detection.c results/metrics \
    "$(change 1 'counts->normal_total - counts->normal_correct' 'counts->normal_correct')"
also 'normal rows that tie with an anomaly flagged after it' results/stats/detection.c results/metrics \
    "$(change 1 'r->normal.i - 1. >= error' 'r->normal[i - 1] >= error \\&\\& r->anomaly[j - 1] < error')"
also 'the standard deviation of a population' results/stats/stats.c results/stats \
    "$(change 1 'mean. . .double..spread.n - 1' 'mean) / (double)(spread.n')"
also 'an interval for one more degree of freedom' results/stats/stats.c results/stats \
    "$(change 1 'res_t_quantile.spread->n - 1' 'res_t_quantile(spread->n')"
also 'a verdict on pairs that are too few' results/report/compare_all.c results/compare \
    "$(change 1 'd->least_p_holm >= RES_LEVEL' 'false')"
also 'a one-sided test' results/stats/stats.c results/stats "$(change 1 'fmin.1, 2 . tail' 'fmin(1, tail')"
also 'ranks that do not share ties' results/stats/stats.c results/stats "$(change 1 'twice_rank = from . 1 . to' 'twice_rank = 2 * (i + 1)')"

# --- results: the store --------------------------------------------------------------------------
mutant 'a commit skipped' results/store/store.c results/store "$(change 1 ': \"COMMIT\"' ': \"SELECT 1\"')"
mutant 'a rollback forgotten' results/store/store.c results/writers "$(remove 2 '  roll_back.store.;')"
also 'a failed verb leaves a half in the transaction' results/store/store.c results/store "$(remove 1 'ROLLBACK TO verb')"
also 'a transaction continues after SQLite has rolled it back' results/store/store.c 'results/store results/writers' \
    "$(change 2 'if .!sqlite3_get_autocommit.store->db.' 'if (store')"
also 'a store that is never synced' results/store/store.c faults/power "$(change 1 'PRAGMA synchronous = NORMAL' 'PRAGMA synchronous = OFF')"
also 'foreign keys not checked' results/store/store.c results/store "$(change 1 'foreign_keys = ON' 'foreign_keys = OFF')"
also 'a newer store accepted' results/store/store.c 'results/open cli/store_newer' "$(change 1 'version > SCHEMA_VERSION' 'version < 0')"
also 'the log of another program written to its database' results/store/store.c results/open \
    "$(change 1 'found == RES_APPLICATION_ID' 'found != 1')"
also 'a store that was replaced not noticed' results/store/store.c cli/store_replaced "$(change 1 'info.st_ino == store->inode' '1')"
also 'an epoch without its state' results/store/step.c 'results/store cli/kill' "$(change 1 'status = replace_state.*;' ';')"
also 'the state of another epoch taken' results/store/trial.c results/store \
    "$(change 1 'AND step = ' 'AND 0 <> ')"
also 'an epoch recorded twice' results/store/step.c results/store "$(change 1 'step == last->step . 1' 'step > 0')"
also 'losses that are not numbers' results/store/step.c results/store "$(change 1 '!isfinite.step->values.i..value.' 'false')"
also 'errors of test and anomalies exchanged' results/store/step.c 'results/store results/query results/report' \
    "$(change 1 'RES_TEST, e->test, e->n_test' 'RES_TEST, e->anomaly, e->n_anomaly')"
also 'bytes of errors that overlap' results/store/blob.c 'results/store results/query results/report' "$(change 1 'bits >> .8 . b.' 'bits >> (4 * b)')"
also 'the last of the best epochs' results/store/step.c 'results/store results/query' "$(change 1 'value >= last->best_val_loss' 'value > last->best_val_loss')"
also 'the selected epoch by the order of epochs' results/store/step.c 'results/store results/query' \
    "$(change 1 'step->values.i..value >= last->best_val_loss' '!isnan(last->best_val_loss)')"
also 'an evaluation finished one epoch late' results/store/evaluation.c results/store "$(change 1 'step.step = epochs' 'step.step = epochs + 1')"
also 'a step without its scores' results/store/step.c results/store "$(remove 1 'status = res_scores_add')"
also 'trials of older generations used again' results/store/trial.c 'results/store cli/run_fresh' \
    "$(change 1 'USING .experiment_id, generation.' 'USING (experiment_id)')"
also 'a finished trial started again' results/store/trial.c results/store \
    "$(change 1 'budget <= .SELECT' 'budget < (SELECT')"
also 'the reason of a failure not kept' results/store/trial.c results/store \
    "$(change 2 ', reason = [?]' ', reason = nullif(?1, ?1)')"
also 'a fresh revision of the same generation' results/store/revision.c results/store "$(change 1 'max.generation. . .3, 1' 'max(generation), 1')"
also 'settings that differ only in values share a revision' results/store/revision.c results/store \
    "$(change 1 'settings.i..value, ' '\"\", ')"
also 'a report without an order' results/query/evaluations.c 'results/query results/export' "$(change 1 'ORDER BY number' 'ORDER BY -number')"
also 'seconds up to the selected epoch only' results/query/metric.c 'results/query results/report' \
    "$(change 1 'size_t n = res_steps_up_to.&study->trials.e->trial., e->epochs' 'size_t n = res_steps_up_to(\\&study->trials[e->trial], e->selected_epoch')"

# --- runner: configuration and plan --------------------------------------------------------------
also 'a range without its end' runner/config/list.c runner/cfg_list "$(change 1 'i < p->count' 'i + 1 < p->count')"
also 'a logarithmic range with linear steps' runner/config/list.c runner/cfg_list \
    "$(change 1 'p->is_log && !is_end' 'false')"
also 'a range that is cut to twelve digits' runner/config/list.c runner/cfg_list \
    "$(change 1 'value = round.value.' 'value = 0; value = (double)(float)value')"
also 'a range by its step where NumPy divides' runner/config/list.c runner/cfg_list \
    "$(change 1 'value = p->reaches_end . linspace_at' 'value = false ? linspace_at')"
also 'a line of the first version left out of the dump' runner/config/canonical.c runner/hashes \
    "$(change 1 'strcmp.config->head.search.strategy, .grid.. ==' '1 ==')"
also 'new options written with their defaults' runner/config/canonical.c runner/hashes \
    "$(change 1 'cfg_value_compare.value, &usual. != 0' 'true')"
also 'a grid of any size' runner/config/grid.c 'runner/cfg_errors' "$(change 1 'axis->n > CFG_MAX_EVALUATIONS . config->n_evaluations' 'false')"
also 'minutes of a hundred seconds' runner/config/value.c 'runner/cfg' "$(change 1 '1, 60, 3600' '1, 100, 3600')"
also 'the larger of two epoch counts forgotten' runner/plan/plan.c runner/plan \
    "$(change 1 'trial->max_epochs < settings->epochs' 'trial->max_epochs == 0')"
also 'the shortest cohorts first' runner/plan/queue.c runner/plan "$(change 1 'return a->work > b->work' 'return a->work < b->work')"
also 'trials with different losses in a cohort' runner/backend/lstm.c runner/plan "$(change 1 'a->loss, b->loss' 'a->loss, a->loss')"
also 'trials at different epochs in a cohort' runner/plan/queue.c runner/plan \
    "$(change 1 'order_of.a_steps, b_steps.' '0')"
also 'a search that starts again after its history' runner/search/grid.c runner/searcher \
    "$(change 1 '.n_proposed = n' '.n_proposed = 0')"
also 'a stream of weights that forgets a model' runner/backend/stream.c runner/plan_stream \
    "$(change 1 's->n_skipped = s->n;' 's->n_skipped = s->n + 1;')"
also 'a stream that is sent without its state' runner/backend/stream.c runner/plan_stream \
    "$(change 1 'if .h.has_rng.' 'if (false)')"

# --- runner: processes ---------------------------------------------------------------------------
also 'one attempt too many' runner/process/trial_end.c runner/sched "$(change 1 'n_deaths[+][+] >= ' 'n_deaths++ > ')"
also 'failures in a row that a success does not end' runner/process/trial_end.c runner/sched_limits \
    "$(remove 2 'failures_in_row = 0')"
also 'an interrupted trial fails' runner/process/trial_end.c runner/sched "$(change 1 'if .s->stopping.' 'if (false)')"
also 'a cohort that does not fit loses one trial instead of half' runner/process/trial_end.c runner/sched_limits \
    "$(change 1 'slot->n_job . 2' 'slot->n_job - 1')"
also 'a second Ctrl-C that does nothing' runner/process/sched.c runner/sched "$(change 1 'run_stop_count.. > 1' 'run_stop_count() > 2')"
also 'the time of a worker is not limited' runner/process/limits.c runner/sched_limits "$(change 1 '>= s->options->timeout_s' '>= 10 * s->options->timeout_s')"
also 'the time of a stopped run counted for its trials' runner/process/sched.c runner/sched_limits "$(remove 1 'paused_s [+]= lost')"
also 'a job without its states' runner/process/job.c 'runner/sched cli/kill' "$(remove 1 'item->state = of->state')"
also 'workers that exit without a job started endlessly' runner/process/sched.c runner/sched "$(change 1 'was.n_job == 0 ..' 'false ||')"
also 'steps that are not counted' runner/process/sched.c runner/sched "$(remove 1 'steps_done = step.step')"
also 'steps of trials of other workers accepted' runner/process/sched.c runner/sched "$(change 1 'if .!run_slot_has.slot, trial..' 'if (false)')"
also 'a trial that is never told to stop' runner/process/sched.c runner/sched_source \
    "$(change 1 'run_put_stop.&slot->outbox.frames, trial.' '(void)0')"
also 'a budget that was raised too late ends its trial' runner/process/sched.c runner/sched_source \
    "$(change 1 's->source->budget.s->source->context, trial. > step.step' 'false')"
also 'the first weights of the first model for all' runner/backend/lstm.c 'runner/worker runner/sched cli/kill' \
    "$(change 1 'items.k..start_bytes, settings->seed' 'items[k].start_bytes, t->models[0].settings.values.seed')"
also 'a stopped model that stays in its cohort' runner/backend/lstm.c runner/worker \
    "$(change 1 't->n_running < t->n_cohort .' 'false ?')"
also 'states exchanged when a cohort is made again' runner/backend/lstm.c runner/backend \
    "$(change 1 'set_state.t->cohort, at, &states.at.' 'set_state(t->cohort, at, \\&states[0]')"
also 'done trials that fail with their cohort' runner/process/worker.c runner/worker "$(change 1 'if .!j.members.k..over.' 'if (true)')"
also 'trials without memory to list them forgotten' runner/process/worker.c runner/worker "$(remove 1 'fail_all.w, received')"
also 'one step after being told to stop' runner/process/worker.c 'runner/worker runner/sched' \
    "$(change 1 'message->kind == RUN_STOP ..' 'false ||')"
also 'the end of the socket not noticed' runner/process/worker.c 'runner/worker runner/sched' \
    "$(change 1 '&eof, NULL. != SWP_OK .. eof;' '\\&eof, NULL) != SWP_OK;')"
also 'a loss that is not finite accepted' runner/backend/lstm.c 'runner/worker runner/sched' "$(change 1 '!isfinite.t->values.0..value.' 'false')"
also 'stored steps trained again' runner/backend/lstm.c 'runner/backend runner/sched' "$(change 1 'if .t->record.step > 0.' 'if (false)')"
mutant 'a state without its second moments' runner/backend/state.c runner/state "$(change 1 'i < 3 . state->total; i[+][+]' 'i < 2 * state->total; i++')"
also 'a state of another engine accepted' runner/backend/state.c runner/state "$(change 1 'RUN_ORIGIN_SIZE. != 0' 'RUN_ORIGIN_SIZE) == 7')"
also 'a step count of 32 bits' runner/backend/state.c runner/state "$(change 1 'state->values.step, 8' 'state->values.step \\& 0xffff, 8')"
also 'a message longer than its length' runner/process/wire.c runner/wire "$(change 1 'reader.failed .. reader.left != 0' 'reader.failed')"
also 'a lock on a line that is not its own' runner/process/lock.c runner/lock "$(change 1 'F_SETLK, F_WRLCK, at, LINE_SIZE' 'F_SETLK, F_WRLCK, at + LINE_SIZE, LINE_SIZE')"
also 'a lock that is not taken' runner/process/lock.c 'runner/lock cli/run_busy' "$(change 1 'set_lock.fd, F_SETLK, F_WRLCK, at, LINE_SIZE.' 'true')"
also 'failed trials always tried again' runner/plan/study.c 'cli/retry_failed cli/failed_before_many' \
    "$(change 1 'RES_FAILED && retry_failed' 'RES_FAILED')"
also 'a plan that is not committed' runner/plan/study.c 'cli/run cli/run_again' "$(change 1 'return res_store_commit.store, err.' 'return SWP_OK')"

# --- runner: search ------------------------------------------------------------------------------
also 'bounds widened by a whole step' runner/search/space.c runner/space "$(change 1 'dim->low - dim->step . 2' 'dim->low - dim->step')"
also 'ints rounded half to even' runner/search/space.c runner/space "$(change 1 'dim->kind == RUN_FLOAT .. dim->log' 'true')"
also 'a float that reaches its upper bound' runner/search/space.c runner/space "$(change 1 'nextafter.dim->high, .double.-INFINITY.' 'dim->high')"
also 'a known point proposed again' runner/search/random.c runner/searcher "$(change 1 'is_new = run_history_find.history, point. == history->n' 'is_new = true')"
also 'a category that wins too early' runner/search/random.c runner/optuna "$(change 1 'drawn > largest' 'drawn > 0.5 * largest')"
also 'another primitive polynomial' runner/search/sobol.c runner/sobol "$(change 1 '.5, 47,' '{5, 55,')"
also 'a shift of one bit more' runner/search/sobol.c runner/sobol "$(change 1 '32 - RUN_SOBOL_BITS' '31 - RUN_SOBOL_BITS')"
also 'older trials with full weight' runner/search/parzen.c runner/optuna "$(change 1 'n < NEWEST' 'true')"
also 'bandwidths without their floor' runner/search/parzen.c runner/tpe "$(change 1 'fmin.100, .double.n . 2.' '1e9')"
also 'the bounds as neighbours of outer points' runner/search/parzen.c runner/tpe "$(change 1 'n > 1 .. .i == 0' 'n > 1000 \\&\\& (i == 0')"
also 'a kernel that is not cut off' runner/search/parzen.c runner/tpe "$(change 1 'run_normal_log_mass..bounds.low' '0 * run_normal_log_mass((bounds.low')"
also 'distant kernels left out too soon' runner/search/parzen.c runner/tpe "$(change 1 'return 60 . 8' 'return 1 + 0')"
also 'running trials left out' runner/search/tpe.c runner/tpe "$(change 1 '.is_running .. !search->options.ignores_running.' 'false')"
also 'the best fifth taken as good' runner/search/tpe.c runner/tpe "$(change 1 '[+] 9. . 10' '+ 4) / 5')"
also 'kernels repeated whatever their bandwidth' runner/search/parzen.c runner/tpe "$(change 1 'sigma.order.place.. == sigma.order.place - 1..' 'true')"
also 'the worst candidate' runner/search/tpe.c runner/tpe "$(change 1 'scores.i. > scores.best.' 'scores[i] < scores[best]')"
also 'stopped trials before done ones' runner/search/history.c runner/tpe "$(change 1 'return stopped.0. [?] 1 : -1' 'return stopped[0] ? -1 : 1')"
also 'tails without their asymptotic series' runner/search/normal.c runner/normal "$(change 1 'sum [+]= term;' 'sum += 0;')"
also 'a narrow interval without its curvature' runner/search/normal.c runner/normal "$(change 1 'sum [+]= even . power' 'sum += 0')"
also 'one survivor less' runner/search/halving.c runner/stopper "$(change 1 ' [+] .n % rules->eta != 0.' '')"
also 'ties to the larger number' runner/search/halving.c runner/stopper "$(change 1 'x->trial > y->trial. - .x->trial < y->trial' 'x->trial < y->trial) - (x->trial > y->trial')"
also 'a failed trial that blocks a rung' runner/search/halving.c runner/stopper "$(remove 2 'stopping->n_waited--;')"
also 'the last value instead of the best' runner/search/halving.c runner/stopper "$(change 1 'fmin.e->best, value.' 'value')"
also 'a median of four trials' runner/search/median.c runner/stopper "$(change 1 'n_startup = 5' 'n_startup = 4')"
also 'a percentile without interpolation' runner/search/rules.c runner/rules "$(change 1 'sorted.below. . gap . share' 'sorted[below]')"
also 'brackets counted one short' runner/search/rules.c runner/rules "$(change 1 'ratio >= eta' 'ratio > eta')"
also 'axes recorded again for every trial' runner/plan/study.c runner/search_study "$(change 1 'memcmp.study->fixed.i., digest, sizeof digest. == 0' 'false')"
also 'a proposal with zero cost accepted' results/store/check.c results/check "$(change 1 'cost <= 0' 'cost < 0')"
also 'a paused trial counted as finished' results/report/report_paused.c cli/search_halving "$(change 1 'e->epochs > t->n_steps' 'e->epochs < t->n_steps')"
also 'an interval that is not corrected' results/stats/confirm.c runner/confirm "$(change 1 '0.025 . .double.n_known' '0.025')"
also 'the spread of the winner alone' results/stats/confirm.c runner/confirm "$(change 1 'fmax.pooled_sd.values, n_candidates, n_seeds, .degrees., own.sd.' '(pooled_sd(values, n_candidates, n_seeds, \\&degrees), own.sd)')"

# --- plots ---------------------------------------------------------------------------------------
also 'a histogram that counts its last bar twice' plots/histogram.c plots/plot "$(change 1 'k < first . CELLS . BINS; k' 'k <= first + CELLS / BINS \\&\\& k < CELLS; k')"
also 'the output of gnuplot left beside a picture' plots/sheet.c plots/plot_failure "$(remove 1 'unlink.p->part')"
also 'a density of half the width' plots/histogram.c plots/plot "$(change 1 '1.06 . sd' '0.53 * sd')"
also 'false alarms on the wrong axis' plots/detection.c plots/plot "$(change 1 'mirrored = true' 'mirrored = false')"
also 'the best recall with one more alarm' plots/detection.c plots/plot "$(change 1 'n_normal . 0.5' 'n_normal + 1.5')"
also 'a matrix of confusion with its rows exchanged' plots/confusion.c plots/plot "$(change 1 'normal = .c->actual == ' 'normal = *c->actual != ')"
also 'a spread of one more value' plots/detection.c plots/plot "$(change 1 'spread . .size - 1.' 'spread / size')"
also 'mean recalls of one trial' plots/thresholds.c plots/plot "$(change 1 'normal.step. [+]=' 'normal[step] =')"
