// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One line of the table.
 *
 * @param callers how many called at the same time, each its next when it was answered
 * @param perSecond calls that succeeded in the counted time
 * @param extra what only this kind of row has, by name
 */
record Row(
    String peer,
    String row,
    int callers,
    double perSecond,
    double p50Millis,
    double p99Millis,
    long failures,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Double> extra) {
  static final String HEADER =
      "| peer | row | callers | per second | p50 ms | p99 ms | failures | |\n"
          + "|---|---|---:|---:|---:|---:|---:|---|";

  Row(
      String peer,
      String row,
      int callers,
      double perSecond,
      double p50Millis,
      double p99Millis,
      long failures) {
    this(peer, row, callers, perSecond, p50Millis, p99Millis, failures, Map.of());
  }

  String toMarkdown() {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %,d | %s | %s | %s | %d | %s |",
        peer,
        row,
        callers,
        figure("%,.0f", perSecond),
        figure("%.2f", p50Millis),
        figure("%.2f", p99Millis),
        failures,
        extraText());
  }

  private String extraText() {
    List<String> texts = new ArrayList<>();
    extra.forEach((name, value) -> texts.add(String.format(Locale.ROOT, "%s %.1f", name, value)));
    return String.join(", ", texts);
  }

  private static String figure(String format, double value) {
    return value == 0 ? "" : String.format(Locale.ROOT, format, value);
  }

  /** Of the same row in several rounds, the one in the middle by speed; failures of all. */
  static Row median(List<Row> rounds) {
    List<Row> sorted = new ArrayList<>(rounds);
    sorted.sort(Comparator.comparingDouble(Row::perSecond));
    Row middle = sorted.get((sorted.size() - 1) / 2);
    return new Row(
        middle.peer,
        middle.row,
        middle.callers,
        middle.perSecond,
        middle.p50Millis,
        middle.p99Millis,
        rounds.stream().mapToLong(Row::failures).sum(),
        middle.extra);
  }

  /** One for each (peer, row, callers), in the order of their first appearance. */
  static List<Row> medians(List<Row> all) {
    Map<List<Object>, List<Row>> groups = new LinkedHashMap<>();
    for (Row row : all) {
      groups
          .computeIfAbsent(List.of(row.peer, row.row, row.callers), key -> new ArrayList<>())
          .add(row);
    }
    return groups.values().stream().map(Row::median).toList();
  }
}
