package dev.holdfast.bench;

import java.util.Locale;

/** One line of the table. */
record Row(
    String peer,
    String row,
    int callers,
    double perSecond,
    double p50Millis,
    double p99Millis,
    long failures) {
  static final String HEADER =
      "| peer | row | callers | per second | p50 ms | p99 ms | failures |\n"
          + "|---|---|---:|---:|---:|---:|---:|";

  String toMarkdown() {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %,d | %,.0f | %.2f | %.2f | %d |",
        peer,
        row,
        callers,
        perSecond,
        p50Millis,
        p99Millis,
        failures);
  }
}
