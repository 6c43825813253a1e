/* The table of topics, and the words of the glossary. */
#include "runner/cli/topics.h"

#include <stddef.h>
#include <string.h>

/* Files of runner/cli/help, compiled in. */
extern const char cli_help_ini[], cli_help_scripts[], cli_help_data[], cli_help_store[],
    cli_help_models[], cli_help_gpu[], cli_help_exit[], cli_help_environment[], cli_help_security[],
    cli_help_experiments[];

static const cli_topic topics[] = {
    {"ini", "how an INI file is written: axes, ranges, searches", cli_help_ini},
    {"config", "every option of an INI file", NULL},
    {"glossary", "the words that reports use", NULL},
    {"experiments", "the experiments that come with the program", cli_help_experiments},
    {"data", "formats of data sets, and where they are looked up", cli_help_data},
    {"scripts", "trials that are runs of a program of yours", cli_help_scripts},
    {"store", "tables, views and exports", cli_help_store},
    {"models", "models in PyTorch, and judging other data by them", cli_help_models},
    {"gpu", "training on an NVIDIA GPU", cli_help_gpu},
    {"exit", "exit codes", cli_help_exit},
    {"environment", "environment variables", cli_help_environment},
    {"security", "what is trusted and what is not", cli_help_security},
    {"man", "print a manual page: sweep, sweep-ini or sweep-store", NULL},
    {"completion", "print completions for bash, zsh or fish", NULL},
    {NULL, NULL, NULL},
};

const cli_topic *cli_topics(void)
{
    return topics;
}

const cli_topic *cli_topic_find(const char *name)
{
    for (const cli_topic *t = topics; t->name; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

static const cli_word words[] = {
    {"experiment", "one INI file under a name"},
    {"revision", "one set of an experiment's settings; changed settings make another"},
    {"parameter", "a named setting that decides what a trial computes: train.learning_rate,\n"
                  "or a name of your own for a command"},
    {"axis", "a parameter with more than one value"},
    {"trial", "one configuration of all parameters, trained once up to its budget. It\n"
              "has a number within the revision and a state: waiting, running,\n"
              "stopped, done or failed"},
    {"budget", "the largest number of steps that a revision trains a trial to"},
    {"step", "an epoch, or what a command reports as one; counted from 1"},
    {"metric", "a named number of a trial at a step, with a direction: val_loss is\n"
               "minimised, auroc is maximised"},
    {"score", "how many normal and abnormal sequences are on the right side of one\n"
              "threshold after one epoch"},
    {"evaluation", "a trial read at an epoch count N and a threshold: its selected epoch\n"
                   "and the score there. It needs no training"},
    {"selected epoch", "the epoch up to N with the smallest validation loss, the first of\n"
                       "equals"},
    {"error", "reconstruction error of one sequence: the sum over time of the absolute\n"
              "differences (l1) or of their squares (mse)"},
    {"threshold", "a sequence whose error is above it counts as abnormal: a number, pNN (a\n"
                  "percentile of the validation errors), cNN (at most 100 - NN % false\n"
                  "alarms), best_f1 or youden"},
    {"normal recall", "share of normal test sequences with error <= threshold (specificity)"},
    {"anomaly recall", "share of abnormal sequences with error > threshold (sensitivity)"},
    {"baseline", "a method without training, on the same sequences and by the same rule for\n"
                 "the threshold (Wu and Keogh 2021). Its error is the Euclidean distance to\n"
                 "the mean training sequence, to the nearest training sequence, or to what PCA\n"
                 "reconstructs from as many components as the model has in its code. On large\n"
                 "data, PCA and nearest neighbour are left out if they would take longer than\n"
                 "seconds"},
    {"cohort", "trials of one shape that an engine trains side by side"},
    {"backend", "what trains trials: lstm (an engine: cpu, cuda) or command"},
    {"searcher", "what proposes trials; grid proposes every combination"},
    {"stopper", "what decides whether a trial goes on"},
    {NULL, NULL},
};

const cli_word *cli_glossary(void)
{
    return words;
}
