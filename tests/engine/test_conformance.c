#include "tests/engine/conformance.h"

int main(int argc, char **argv)
{
    return conformance_run(eng_cpu_api(), argc > 1 ? argv[1] : NULL, true);
}
