// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import dev.holdfast.policy.MachineBuilder.Built;
import dev.holdfast.policy.MachineText.TransitionText;
import dev.holdfast.policy.Problems.Place;
import dev.holdfast.policy.cel.GuardFormula;
import dev.holdfast.spi.machine.MachineSchema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** What follows from the guards: transitions that get in each other's way, guards in vain. */
final class GuardChecks {
  private final MachineText text;
  private final Built built;
  private final Problems problems;

  GuardChecks(MachineText text, Built built, Problems problems) {
    this.text = text;
    this.built = built;
    this.problems = problems;
  }

  void run() {
    List<TransitionText> moves = new ArrayList<>(text.transitions().values());
    for (int i = 0; i < moves.size(); i++) {
      checkGuard(moves.get(i));
      checkTargets(moves.get(i));
      for (int j = i + 1; j < moves.size(); j++) {
        if (text.mode() == MachineSchema.Mode.DETERMINISTIC) {
          checkPair(moves.get(i), moves.get(j));
        }
      }
    }
  }

  private void checkGuard(TransitionText move) {
    if (guard(move).contradictsItself()) {
      problems.add(
          move.name(),
          Code.SM311,
          "the rules of '%s' never hold together".formatted(move.name().getValue()));
    }
  }

  /** All targets but the last need a guard, and the last is taken otherwise. */
  private void checkTargets(TransitionText move) {
    List<GuardFormula> guards =
        Objects.requireNonNull(built.targetGuards().get(move.name().getValue()));
    boolean hasOtherwise = move.to().stream().anyMatch(target -> target.guard().isEmpty());
    if (!hasOtherwise && !new GuardFormula.Any(guards).holdsAlways()) {
      problems.add(
          move.to().get(0).state(),
          Code.SM312,
          "when no guard of '%s' holds it is refused".formatted(move.name().getValue()),
          "end the list with '- STATE: otherwise'");
    }
    for (int i = 0; i < move.to().size() - 1; i++) {
      if (move.to().get(i).guard().isEmpty()) {
        problems.add(
            move.to().get(i + 1).state(), Code.SM311, "this target comes after the 'otherwise'");
      }
    }
    for (int i = 0; i < guards.size(); i++) {
      ScalarNode at = guardNode(move, i);
      if (guards.get(i).contradictsItself()) {
        problems.add(at, Code.SM311, "this guard never holds");
      } else if (guards.get(i).holdsAlways()) {
        problems.add(at, Code.SM311, "this guard always holds");
      }
    }
  }

  private static ScalarNode guardNode(TransitionText move, int index) {
    return move.to().stream().flatMap(target -> target.guard().stream()).toList().get(index);
  }

  private void checkPair(TransitionText one, TransitionText other) {
    Optional<String> shared = sharedState(one, other);
    if (!one.event().equals(other.event()) || one.by() != other.by() || shared.isEmpty()) {
      return;
    }
    String names = "'%s' and '%s'".formatted(one.name().getValue(), other.name().getValue());
    String when = "'%s' in state '%s'".formatted(one.event(), shared.get());
    Place place = Place.of(one.name());
    String also = "also look at line %d".formatted(place.line());
    switch (guard(one).overlap(guard(other))) {
      case GuardFormula.Disjoint _ -> {}
      case GuardFormula.Overlaps(String example) ->
          problems.add(
              other.name(),
              Code.SM310,
              "%s can both answer %s, for example: %s".formatted(names, when, example),
              also,
              "make the rules exclusive, give one another event, or write 'mode: first-match'");
      case GuardFormula.Undecided _ ->
          problems.add(
              other.name(),
              Code.SM313,
              "it cannot be shown that only one of %s answers %s".formatted(names, when),
              also,
              "an object for which both do refuses the event as AMBIGUOUS_TRANSITION");
    }
  }

  private static Optional<String> sharedState(TransitionText one, TransitionText other) {
    if (one.creates() && other.creates()) {
      return Optional.of(MachineSchema.NONE);
    }
    Set<String> states = new HashSet<>();
    one.from().forEach(state -> states.add(state.getValue()));
    TreeSet<String> shared = new TreeSet<>();
    other.from().stream().map(ScalarNode::getValue).filter(states::contains).forEach(shared::add);
    return shared.stream().findFirst();
  }

  private GuardFormula guard(TransitionText move) {
    return Objects.requireNonNull(built.guards().get(move.name().getValue()));
  }
}
