// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import dev.holdfast.testkit.history.Beliefs;
import dev.holdfast.testkit.history.Operation;
import dev.holdfast.testkit.history.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A run as one HTML page without scripts: a lane a process with its faults, a lane a client. */
final class Timeline {
  private static final int LANE = 22;
  private static final int LEFT = 130;
  private static final int TOP = 30;
  private static final double PIXELS_PER_SECOND = 24;
  private static final double SHORTEST = 1.2;

  private static final Map<Outcome, String> COLORS =
      Map.of(
          Outcome.OK, "#2a7f4f",
          Outcome.REFUSED, "#4a78c2",
          Outcome.FAILED, "#b9b9b9",
          Outcome.UNKNOWN, "#e0921c");
  private static final String BELIEF = "#7b4fa3";

  private final long start;
  private final List<Operation> operations;
  private final List<String> processes;
  private final List<Nemesis.Event> events;
  private final List<String> problems;
  private final StringBuilder svg = new StringBuilder();
  private double end;

  private Timeline(
      List<String> processes,
      List<Operation> operations,
      List<Nemesis.Event> events,
      List<String> problems) {
    this.processes = processes;
    this.operations = operations;
    this.events = events;
    this.problems = problems;
    this.start = operations.isEmpty() ? 0 : operations.getFirst().callNanos();
  }

  /**
   * @param processes that faults can be about, a lane each
   */
  static void write(
      Path file,
      Schedule schedule,
      List<String> processes,
      List<Operation> operations,
      List<Nemesis.Event> events,
      List<String> problems)
      throws IOException {
    Files.writeString(file, new Timeline(processes, operations, events, problems).page(schedule));
  }

  private String page(Schedule schedule) {
    List<String> clients = operations.stream().map(Operation::process).distinct().sorted().toList();
    List<String> lanes = new ArrayList<>(processes);
    lanes.addAll(clients);
    end =
        operations.stream()
            .filter(operation -> operation.returnNanos() != Operation.OPEN)
            .mapToDouble(operation -> x(operation.returnNanos()))
            .max()
            .orElse(LEFT);
    int height = TOP + lanes.size() * LANE;
    bands(height);
    seconds(height);
    for (int lane = 0; lane < lanes.size(); lane++) {
      int y = TOP + lane * LANE;
      svg.append(
          "<text x='6' y='%d'>%s</text><line x1='%d' x2='%.0f' y1='%d' y2='%d' class='lane'/>\n"
              .formatted(y + 15, lanes.get(lane), LEFT, end, y + LANE, y + LANE));
    }
    for (Operation operation : operations) {
      draw(operation, TOP + lanes.indexOf(operation.process()) * LANE);
    }
    return """
    <!doctype html><html lang="en"><meta charset="utf-8"><title>Nemesis, seed %d</title>
    <style>
    body { font: 14px/1.4 sans-serif; margin: 16px; color: #222; background: #fff }
    pre { background: #fdecea; border-left: 4px solid #c62828; padding: 8px; white-space: pre-wrap }
    svg { font: 12px sans-serif } .scroll { overflow-x: auto; border: 1px solid #ddd }
    .lane { stroke: #eee } .tick { stroke: #ddd } .bad { stroke: #c62828; stroke-width: 2 }
    i { display: inline-block; width: 12px; height: 12px; margin: 0 4px 0 14px }
    </style>
    <h1>Nemesis, seed %d: %s</h1>
    <p>%d operations, %d faults. Times in seconds. Point at a bar for what it is.
    %s<i style="background:%s"></i>believes to hold
    <i style="background:#f6c9c4"></i>fault <i style="border:2px solid #c62828"></i>named in a problem</p>
    %s
    <div class="scroll"><svg width="%.0f" height="%d">
    %s</svg></div></html>
    """
        .formatted(
            schedule.seed(),
            schedule.seed(),
            problems.isEmpty() ? "nothing wrong" : problems.size() + " problems",
            operations.size(),
            events.size(),
            legend(),
            BELIEF,
            problems.stream()
                .map(problem -> "<pre>" + escaped(problem) + "</pre>")
                .collect(Collectors.joining("\n")),
            end + 10,
            height + 10,
            svg);
  }

  private static String legend() {
    return COLORS.entrySet().stream()
        .sorted(Comparator.comparing(Map.Entry::getKey))
        .map(entry ->
            "<i style='background:%s'></i>%s"
                .formatted(entry.getValue(), entry.getKey().name().toLowerCase(Locale.ROOT)))
        .collect(Collectors.joining());
  }

  /** Pale over all lanes, strong in that of the process. */
  private void bands(int height) {
    for (Nemesis.Event event : events) {
      double x = x(event.beginNanos());
      double width = x(event.endNanos()) - x;
      int y = TOP + processes.indexOf(event.process()) * LANE;
      svg.append(
          "<rect x='%.1f' y='%d' width='%.1f' height='%d' fill='#f6c9c4' opacity='.28'/>\n"
              .formatted(x, TOP, width, height - TOP));
      svg.append(
          "<g><title>%s of %s, %.1f s</title><rect x='%.1f' y='%d' width='%.1f' height='%d' fill='#e57368'/><text x='%.1f' y='%d'>%s</text></g>\n"
              .formatted(
                  event.kind(),
                  event.process(),
                  width / PIXELS_PER_SECOND,
                  x,
                  y + 2,
                  width,
                  LANE - 4,
                  x + 3,
                  y + 15,
                  event.kind()));
    }
  }

  private void seconds(int height) {
    for (int second = 0; LEFT + second * PIXELS_PER_SECOND < end; second += 5) {
      double x = LEFT + second * PIXELS_PER_SECOND;
      svg.append(
          "<line x1='%.0f' x2='%.0f' y1='%d' y2='%d' class='tick'/><text x='%.0f' y='18'>%d</text>\n"
              .formatted(x, x, TOP - 6, height, x - 4, second));
    }
  }

  private void draw(Operation operation, int y) {
    double x = x(operation.callNanos());
    boolean open = operation.returnNanos() == Operation.OPEN;
    double width = open ? 5 : Math.max(SHORTEST, x(operation.returnNanos()) - x);
    boolean belief = operation.name().equals(Beliefs.HOLD);
    String text = operation.toString();
    boolean bad = problems.stream().anyMatch(problem -> problem.contains(text));
    svg.append(
        "<g><title>%.3f s: %s %s%s → %s %s</title><rect x='%.1f' y='%d' width='%.1f' height='%d' fill='%s'%s/></g>\n"
            .formatted(
                (x - LEFT) / PIXELS_PER_SECOND,
                operation.object(),
                operation.name(),
                escaped(operation.input().toString()),
                operation.outcome(),
                escaped(operation.output().toString()),
                x,
                y + 4,
                width,
                LANE - 8,
                belief ? BELIEF : COLORS.get(operation.outcome()),
                bad ? " class='bad'" : ""));
  }

  private double x(long nanos) {
    return LEFT + (nanos - start) / (double) TimeUnit.SECONDS.toNanos(1) * PIXELS_PER_SECOND;
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&#39;");
  }
}
