// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy.cel;

import dev.holdfast.policy.cel.GuardFormula.All;
import dev.holdfast.policy.cel.GuardFormula.Any;
import dev.holdfast.policy.cel.GuardFormula.Atom;
import dev.holdfast.policy.cel.GuardFormula.Constant;
import dev.holdfast.policy.cel.GuardFormula.Disjoint;
import dev.holdfast.policy.cel.GuardFormula.Not;
import dev.holdfast.policy.cel.GuardFormula.Overlap;
import dev.holdfast.policy.cel.GuardFormula.Overlaps;
import dev.holdfast.policy.cel.GuardFormula.Undecided;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Tries the ways in which a formula can be true, one conjunction after the other. None without a
 * contradiction: it cannot be. One of free subjects alone: it can. Otherwise that is open.
 */
final class Satisfiability {
  /** More ways than this are not tried. */
  private static final int WAYS_MAX = 256;

  /** One way: what each subject must be. */
  private record Way(SortedMap<String, Domain> domains, boolean free) {
    static Way start() {
      return new Way(new TreeMap<>(), true);
    }

    /** Empty for a contradiction. */
    Optional<Way> with(String subject, Domain domain, boolean isFree) {
      Domain known = domains.get(subject);
      Optional<Domain> both = known == null ? Optional.of(domain) : known.meet(domain);
      return both.map(met -> {
        SortedMap<String, Domain> next = new TreeMap<>(domains);
        next.put(subject, met);
        return new Way(next, free && isFree);
      });
    }

    Way undecided() {
      return new Way(domains, false);
    }
  }

  private boolean tooMany;

  Overlap of(GuardFormula formula) {
    List<Way> ways = extend(List.of(Way.start()), formula, true);
    if (tooMany) {
      return new Undecided();
    }
    if (ways.isEmpty()) {
      return new Disjoint();
    }
    return ways.stream()
        .filter(Way::free)
        .findFirst()
        .map(way -> (Overlap) new Overlaps(example(way)))
        .orElseGet(Undecided::new);
  }

  private static String example(Way way) {
    return way.domains().isEmpty()
        ? "always"
        : way.domains().entrySet().stream()
            .filter(entry -> !isImplied(entry.getKey(), way))
            .map(entry -> entry.getValue().shown(entry.getKey()))
            .collect(Collectors.joining(", "));
  }

  /** What has a value is there. */
  private static boolean isImplied(String subject, Way way) {
    return subject.startsWith("has(")
        && way.domains().containsKey(subject.substring("has(".length(), subject.length() - 1));
  }

  private List<Way> extend(List<Way> ways, GuardFormula formula, boolean wanted) {
    return switch (formula) {
      case Constant(boolean value) -> value == wanted ? ways : List.of();
      case Not(GuardFormula part) -> extend(ways, part, !wanted);
      case All(List<GuardFormula> parts) ->
          wanted ? each(ways, parts, true) : either(ways, parts, false);
      case Any(List<GuardFormula> parts) ->
          wanted ? either(ways, parts, true) : each(ways, parts, false);
      case Atom atom -> atom(ways, atom, wanted);
    };
  }

  private List<Way> each(List<Way> ways, List<GuardFormula> parts, boolean wanted) {
    List<Way> extended = ways;
    for (GuardFormula part : parts) {
      extended = extend(extended, part, wanted);
    }
    return extended;
  }

  private List<Way> either(List<Way> ways, List<GuardFormula> parts, boolean wanted) {
    List<Way> extended = new ArrayList<>();
    for (GuardFormula part : parts) {
      extended.addAll(extend(ways, part, wanted));
    }
    if (extended.size() > WAYS_MAX) {
      tooMany = true;
      return extended.subList(0, WAYS_MAX);
    }
    return extended;
  }

  private static List<Way> atom(List<Way> ways, Atom atom, boolean wanted) {
    Optional<Domain> domain = wanted ? Optional.of(atom.domain()) : atom.domain().negated();
    List<Way> extended = new ArrayList<>();
    for (Way way : ways) {
      if (domain.isEmpty()) {
        extended.add(way.undecided());
        continue;
      }
      way.with(atom.subject(), domain.get(), atom.free())
          .flatMap(met ->
              atom.presence()
                  .map(has -> met.with(has, new Domain.Sign(true), atom.free()))
                  .orElseGet(() -> Optional.of(met)))
          .ifPresent(extended::add);
    }
    return extended;
  }
}
