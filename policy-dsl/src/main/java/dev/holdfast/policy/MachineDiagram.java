// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.spi.machine.MachineSchema;
import dev.holdfast.spi.machine.MachineState;
import dev.holdfast.spi.machine.MachineTimer;
import dev.holdfast.spi.machine.MachineTransition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/** Draws a machine: its states with their labels, its transitions with guards and timers. */
public final class MachineDiagram {
  private final CompiledMachine machine;
  private final MachineSchema schema;

  public MachineDiagram(CompiledMachine machine) {
    this.machine = machine;
    this.schema = machine.schema();
  }

  /** An arrow of the picture. */
  private record Arrow(String from, String to, String text) {}

  /** Mermaid, {@code stateDiagram-v2}. */
  public String mermaid() {
    StringBuilder out = new StringBuilder("stateDiagram-v2\n");
    for (MachineState state : schema.states().values()) {
      out.append("  state \"%s\" as %s\n".formatted(mermaidText(title(state)), id(state.name())));
    }
    schema.initial().ifPresent(initial -> out.append("  [*] --> %s\n".formatted(id(initial))));
    for (Arrow arrow : arrows()) {
      String from = arrow.from().equals(MachineSchema.NONE) ? "[*]" : id(arrow.from());
      out.append("  %s --> %s: %s\n".formatted(from, id(arrow.to()), mermaidText(arrow.text())));
    }
    schema.states().values().stream()
        .filter(MachineState::end)
        .forEach(state -> out.append("  %s --> [*]\n".formatted(id(state.name()))));
    return out.toString();
  }

  /** Graphviz. */
  public String dot() {
    StringBuilder out = new StringBuilder("digraph \"%s\" {\n".formatted(dotText(machine.name())));
    out.append("  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n");
    out.append("  edge [fontname=\"sans-serif\", fontsize=10];\n");
    out.append("  \"%s\" [shape=point, label=\"\"];\n".formatted(MachineSchema.NONE));
    for (MachineState state : schema.states().values()) {
      out.append(
          "  \"%s\" [label=\"%s\"%s];\n"
              .formatted(
                  dotText(state.name()),
                  dotText(title(state)),
                  state.end() ? ", peripheries=2" : ""));
    }
    schema
        .initial()
        .ifPresent(initial ->
            out.append("  \"%s\" -> \"%s\";\n".formatted(MachineSchema.NONE, dotText(initial))));
    for (Arrow arrow : arrows()) {
      out.append(
          "  \"%s\" -> \"%s\" [label=\"%s\"];\n"
              .formatted(dotText(arrow.from()), dotText(arrow.to()), dotText(arrow.text())));
    }
    return out.append("}\n").toString();
  }

  private static String title(MachineState state) {
    String purge = state.purge().map(span -> ", deleted after " + shown(span)).orElse("");
    return state.name() + ": " + state.label() + purge;
  }

  private List<Arrow> arrows() {
    List<Arrow> arrows = new ArrayList<>();
    for (MachineTransition move : schema.transitions().values()) {
      List<String> guards = texts("transitions." + move.name() + ".to");
      for (int i = 0; i < move.to().size(); i++) {
        String guard = i < guards.size() ? guards.get(i) : "";
        TreeSet<String> sources = new TreeSet<>(move.from());
        if (move.creates()) {
          sources.add(MachineSchema.NONE);
        }
        for (String from : sources) {
          arrows.add(new Arrow(from, move.to().get(i).state(), text(move, from, guard)));
        }
      }
    }
    return arrows;
  }

  /** Name, what makes it, and what must hold. */
  private String text(MachineTransition move, String from, String guard) {
    List<String> conditions = new ArrayList<>(texts("transitions." + move.name() + ".require"));
    if (!guard.isEmpty()) {
      conditions.add(guard);
    }
    String event = move.event().equals(move.name()) ? "" : " on " + move.event();
    String by =
        switch (move.by()) {
          case CLIENT -> "";
          case TIMER -> " (" + timer(move, from) + ")";
          case COMPENSATION -> " (undo)";
        };
    String holds = conditions.isEmpty() ? "" : " [" + String.join(" and ", conditions) + "]";
    return move.name() + event + by + holds;
  }

  private String timer(MachineTransition move, String from) {
    List<MachineTimer> timers = schema.state(from).timers();
    List<String> moments = texts("states." + from + ".timers");
    for (int i = 0; i < timers.size(); i++) {
      if (timers.get(i).fire().equals(move.name())) {
        return switch (timers.get(i)) {
          case MachineTimer.Idle idle -> "idle " + shown(idle.span());
          case MachineTimer.After after -> "after " + shown(after.span());
          case MachineTimer.At _ -> "at " + moments.get(i);
        };
      }
    }
    return "timer";
  }

  private List<String> texts(String place) {
    return machine.expressions().getOrDefault(place, List.of());
  }

  static String shown(Duration span) {
    return span.toString().replaceFirst("^PT", "").toLowerCase(Locale.ROOT);
  }

  /** A word of Mermaid: no dashes, and none of its own words. */
  private static String id(String name) {
    return "s_" + name.replace("_", "__").replace('-', '_');
  }

  private static String mermaidText(String text) {
    StringBuilder escaped = new StringBuilder();
    for (char c : text.replaceAll("\\s+", " ").toCharArray()) {
      switch (c) {
        case '#', '"', ';', ':', '<', '>' -> escaped.append('#').append((int) c).append(';');
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }

  private static String dotText(String text) {
    return text.replaceAll("\\s+", " ").replace("\\", "\\\\").replace("\"", "\\\"");
  }
}
