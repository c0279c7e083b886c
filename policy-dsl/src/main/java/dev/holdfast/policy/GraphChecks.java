// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.policy.MachineText.StateText;
import dev.holdfast.policy.MachineText.TimerText;
import dev.holdfast.policy.MachineText.TransitionText;
import dev.holdfast.spi.machine.Trigger;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** What can be seen from states and transitions alone: dead ends, loops, timers in vain. */
final class GraphChecks {
  private final MachineText text;
  private final Problems problems;

  GraphChecks(MachineText text, Problems problems) {
    this.text = text;
    this.problems = problems;
  }

  void run() {
    Set<String> reached = reached();
    for (StateText state : text.states().values()) {
      String name = state.name().getValue();
      if (!reached.contains(name)) {
        problems.add(
            state.name(), Code.SM302, "no object can come into state '%s'".formatted(name));
      }
      checkExits(state);
      checkTimers(state);
    }
    if (text.keepsJournal()) {
      text.transitions().values().forEach(this::checkUndo);
    }
    checkTimerLoops();
  }

  private Set<String> reached() {
    Set<String> reached = new HashSet<>();
    Deque<String> next = new ArrayDeque<>();
    text.initial().map(ScalarNode::getValue).ifPresent(next::add);
    text.transitions().values().stream()
        .filter(TransitionText::creates)
        .forEach(move -> next.addAll(targets(move)));
    while (!next.isEmpty()) {
      String state = next.remove();
      if (reached.add(state)) {
        leaving(state).forEach(move -> next.addAll(targets(move)));
      }
    }
    return reached;
  }

  private void checkExits(StateText state) {
    List<TransitionText> leaving = leaving(state.name().getValue());
    if (state.end() && !leaving.isEmpty()) {
      problems.add(
          leaving.get(0).name(),
          Code.SM304,
          "state '%s' is final, and this transition leaves it".formatted(state.name().getValue()));
    } else if (state.end() && !state.timers().isEmpty()) {
      problems.add(state.timers().get(0).at(), Code.SM304, "a final state has no timers");
    } else if (!state.end() && leaving.isEmpty()) {
      problems.add(
          state.name(),
          Code.SM303,
          "no transition leaves state '%s'".formatted(state.name().getValue()),
          "write 'final: true' when that is meant");
    }
  }

  private void checkTimers(StateText state) {
    Optional<Duration> shortest =
        state.timers().stream()
            .filter(timer -> !timer.idle())
            .flatMap(timer -> timer.span().stream())
            .min(Duration::compareTo);
    for (TimerText timer : state.timers()) {
      boolean late =
          shortest.isPresent()
              && timer.span().filter(span -> span.compareTo(shortest.get()) > 0).isPresent()
              && leavesForGood(state);
      if (late) {
        problems.add(
            timer.at(),
            Code.SM321,
            "this timer never fires, since one of %s comes before it"
                .formatted(shown(shortest.orElseThrow())));
      }
    }
  }

  /** Whether the earliest timer takes every object out of the state. */
  private boolean leavesForGood(StateText state) {
    return state.timers().stream()
        .filter(timer -> !timer.idle() && timer.span().isPresent())
        .min((a, b) -> a.span().orElseThrow().compareTo(b.span().orElseThrow()))
        .map(timer -> text.transitions().get(timer.fire().getValue()))
        .filter(move -> move.require().isEmpty())
        .filter(move -> !targets(move).contains(state.name().getValue()))
        .isPresent();
  }

  private void checkUndo(TransitionText move) {
    boolean last = targets(move).stream().allMatch(this::isEnd);
    if (move.by() == Trigger.CLIENT
        && !move.creates()
        && move.undo().isEmpty()
        && !last
        && undoes()) {
      problems.add(
          move.name(),
          Code.SM322,
          "a compensation passes over '%s', which has no undo".formatted(move.name().getValue()));
    }
  }

  private boolean undoes() {
    return text.transitions().values().stream().anyMatch(move -> move.undo().isPresent());
  }

  private boolean isEnd(String name) {
    StateText state = text.states().get(name);
    return state != null && state.end();
  }

  /** Timers without rules that lead back to where they began keep an object busy for ever. */
  private void checkTimerLoops() {
    for (StateText state : text.states().values()) {
      String start = state.name().getValue();
      Set<String> seen = new HashSet<>();
      Deque<String> next = new ArrayDeque<>(fired(start));
      while (!next.isEmpty()) {
        String reached = next.remove();
        if (reached.equals(start)) {
          problems.add(
              state.timers().get(0).at(),
              Code.SM320,
              "timers alone lead from '%s' back to it, without end".formatted(start));
          break;
        }
        if (seen.add(reached)) {
          next.addAll(fired(reached));
        }
      }
    }
  }

  private Set<String> fired(String name) {
    Set<String> reached = new HashSet<>();
    StateText state = text.states().get(name);
    if (state != null) {
      for (TimerText timer : state.timers()) {
        TransitionText move = text.transitions().get(timer.fire().getValue());
        if (move != null && timer.span().isPresent() && move.require().isEmpty()) {
          reached.addAll(targets(move));
        }
      }
    }
    return reached;
  }

  private List<TransitionText> leaving(String state) {
    return text.transitions().values().stream()
        .filter(move -> NameChecks.leaves(move, state))
        .toList();
  }

  private static Set<String> targets(TransitionText move) {
    Set<String> targets = new HashSet<>();
    move.to().forEach(target -> targets.add(target.state().getValue()));
    return targets;
  }

  private static String shown(Duration span) {
    return span.toString().substring(2).toLowerCase(Locale.ROOT);
  }
}
