/* SPDX-License-Identifier: BSD-3-Clause */
/* The random numbers: a published sequence, streams, and the first moments. */
#include "tool/random.h"

#include <math.h>

#include "tests/support/test.h"

/* splitmix64 from seed 1234567, as published with the algorithm's ports (Rosetta Code). */
SFM_CASE(splitmix_sequence)
{
    static const uint64_t expected[] = {
        UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
        UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
        UINT64_C(16408922859458223821)};
    uint64_t state = 1234567;
    for (int i = 0; i < 5; i++) CHECK(tool_splitmix(&state) == expected[i]);
}

SFM_CASE(streams_differ)
{
    tool_random a = tool_random_start(1, 0), b = tool_random_start(1, 1);
    tool_random c = tool_random_start(1, 0), d = tool_random_start(2, 0);
    for (int i = 0; i < 100; i++) {
        uint64_t first = tool_random_bits(&a);
        CHECK(first == tool_random_bits(&c));
        CHECK(first != tool_random_bits(&b) && first != tool_random_bits(&d));
    }
}

/* 5 standard deviations of the sample mean, of the square and of the lag-one product. */
SFM_CASE(uniform_moments)
{
    const int n = 1000000;
    tool_random r = tool_random_start(7, 0);
    double sum = 0, square = 0, lag = 0, before = tool_random_unit(&r);
    for (int i = 0; i < n; i++) {
        double u = tool_random_unit(&r);
        CHECK(u >= 0 && u < 1);
        sum += u;
        square += u * u;
        lag += (u - 0.5) * (before - 0.5);
        before = u;
    }
    CHECKF(fabs(sum / n - 1.0 / 2) < 5 * sqrt(1.0 / 12 / n), "mean %g", sum / n);
    CHECKF(fabs(square / n - 1.0 / 3) < 5 * sqrt(4.0 / 45 / n), "square %g", square / n);
    CHECKF(fabs(lag / n) < 5 / 12.0 / sqrt(n), "correlation %g", lag / n);
}

SFM_MAIN()
