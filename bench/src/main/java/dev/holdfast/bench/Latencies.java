// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Collectors;

/** How long calls took: counts in geometric buckets of 4 %, from 1 µs to beyond a minute. */
final class Latencies {
  private static final int BUCKETS = 512;
  private static final double GROWTH = Math.log(1.04);

  private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);

  void add(long nanos) {
    double micros = Math.max(1, nanos / 1_000.0);
    counts.incrementAndGet((int) Math.min(BUCKETS - 1, Math.log(micros) / GROWTH));
  }

  long count() {
    long sum = 0;
    for (int i = 0; i < BUCKETS; i++) {
      sum += counts.get(i);
    }
    return sum;
  }

  /** In milliseconds, exact to 4 %. */
  double percentileMillis(double share) {
    long rank = (long) Math.ceil(count() * share);
    long sum = 0;
    for (int i = 0; i < BUCKETS; i++) {
      sum += counts.get(i);
      if (sum >= rank) {
        return Math.exp((i + 0.5) * GROWTH) / 1_000;
      }
    }
    return Double.NaN;
  }

  /** For another process, which {@link #addAll}s it. */
  String toLine() {
    return java.util.stream.IntStream.range(0, BUCKETS)
        .mapToObj(i -> Long.toString(counts.get(i)))
        .collect(Collectors.joining(","));
  }

  void addAll(String line) {
    long[] other = Arrays.stream(line.split(",")).mapToLong(Long::parseLong).toArray();
    for (int i = 0; i < other.length; i++) {
      counts.addAndGet(i, other[i]);
    }
  }
}
