#include "tests/engine/reference.h"

int main(int argc, char **argv)
{
    return reference_run(eng_cpu_api(), argc > 1 ? argv[1] : NULL);
}
