// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Bars of calls per second, a group for each number of callers, as SVG. Readable on a light and on
 * a dark page.
 */
final class Chart {
  private static final List<String> COLOURS =
      List.of("#2f6f9f", "#d08a2e", "#5a9a5a", "#a55a8a", "#8a8a3a", "#777777");
  private static final int BAR = 16;
  private static final int GROUP_GAP = 14;
  private static final int LEFT = 110;
  private static final int WIDTH = 760;
  private static final int BARS_WIDTH = 500;

  private final RowName name;
  private final List<Row> rows;
  private final List<String> peers;

  Chart(RowName name, List<Row> rows) {
    this.name = name;
    this.rows = rows;
    Set<String> found = new LinkedHashSet<>();
    rows.forEach(row -> found.add(row.peer()));
    this.peers = List.copyOf(found);
  }

  /** One bar alone, or rows without a speed, say nothing. */
  static boolean isWorthOne(List<Row> rows) {
    return rows.size() > 1 && rows.stream().allMatch(row -> row.perSecond() > 0);
  }

  String toSvg() {
    List<Integer> groups = rows.stream().map(Row::callers).distinct().sorted().toList();
    double most = rows.stream().mapToDouble(Row::perSecond).max().orElse(1);
    StringBuilder bars = new StringBuilder();
    int y = 44 + 18 * peers.size();
    for (int callers : groups) {
      List<Row> group = rows.stream().filter(row -> row.callers() == callers).toList();
      text(bars, LEFT - 8, y + BAR * group.size() / 2 + 4, "end", callersText(callers));
      for (Row row : group) {
        double width = Math.max(1, BARS_WIDTH * row.perSecond() / most);
        bars.append(
            String.format(
                Locale.ROOT,
                "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
                LEFT,
                y,
                width,
                BAR - 3,
                colour(row.peer())));
        text(
            bars,
            (int) (LEFT + width + 6),
            y + 11,
            "start",
            String.format(Locale.ROOT, "%,.0f", row.perSecond()));
        y += BAR;
      }
      y += GROUP_GAP;
    }
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">
        <style>text{font:12px system-ui,sans-serif;fill:#24292f}rect.page{fill:#fff}</style>
        <rect class="page" width="100%%" height="100%%"/>
        """
            .formatted(WIDTH, y, WIDTH, y));
    text(svg, 12, 22, "start", name.text() + ", per second: " + name.doc);
    for (int i = 0; i < peers.size(); i++) {
      svg.append(
          "<rect x=\"12\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\"/>\n"
              .formatted(34 + 18 * i, colour(peers.get(i))));
      text(svg, 30, 44 + 18 * i, "start", peers.get(i));
    }
    return svg.append(bars).append("</svg>\n").toString();
  }

  private String colour(String peer) {
    return COLOURS.get(peers.indexOf(peer) % COLOURS.size());
  }

  private static String callersText(int callers) {
    return callers == 1 ? "1 caller" : String.format(Locale.ROOT, "%,d callers", callers);
  }

  private static void text(StringBuilder svg, int x, int y, String anchor, String text) {
    svg.append(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n"
            .formatted(x, y, anchor, text.replace("&", "&amp;").replace("<", "&lt;")));
  }
}
