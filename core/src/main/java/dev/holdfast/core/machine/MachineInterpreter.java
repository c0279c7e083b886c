// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.machine;

import dev.holdfast.core.machine.MachineOutcome.Applied;
import dev.holdfast.core.machine.MachineOutcome.Existing;
import dev.holdfast.core.machine.MachineOutcome.Failure;
import dev.holdfast.core.machine.MachineOutcome.Refused;
import dev.holdfast.spi.machine.MachineSchema;
import dev.holdfast.spi.machine.MachineTransition;
import dev.holdfast.spi.machine.Scope;
import dev.holdfast.spi.machine.Trigger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a request does to an object of a machine. A function of its arguments: the same on every
 * node and at every replay. Thread-safe.
 */
public final class MachineInterpreter {
  private final MachineSchema schema;

  public MachineInterpreter(MachineSchema schema) {
    this.schema = schema;
  }

  /**
   * @param stored empty when there is no such object
   * @param clock when the change was proposed. Clocks of nodes differ: the time of an object never
   *     goes back behind its last change
   */
  public MachineOutcome decide(
      Optional<MachineObject> stored, MachineRequest request, Instant clock) {
    Instant now = stored.map(MachineObject::changedAt).filter(clock::isBefore).orElse(clock);
    List<MachineTransition> named =
        schema.transitions().values().stream()
            .filter(t -> t.event().equals(request.event()))
            .filter(t -> request.pick().map(t.name()::equals).orElse(true))
            .toList();
    if (named.isEmpty()) {
      String picked = request.pick().map(pick -> " of the name '" + pick + "'").orElse("");
      return Refused.because(
          request.event(),
          FailureCodes.UNKNOWN_TRANSITION,
          "machine '%s' has no transition%s for '%s'"
              .formatted(schema.name(), picked, request.event()));
    }
    String state = MachineJournal.stateOf(schema, stored);
    List<MachineTransition> leaving =
        named.stream()
            .filter(t -> t.creates() ? state.equals(MachineSchema.NONE) : t.from().contains(state))
            .toList();
    if (leaving.isEmpty()) {
      return notFrom(state, stored, named, request, now);
    }
    List<MachineTransition> allowed = leaving.stream().filter(t -> t.by() == request.by()).toList();
    if (allowed.isEmpty()) {
      return Refused.because(
          request.event(),
          FailureCodes.NOT_FOR_CLIENTS,
          "'%s' is made by %s".formatted(request.event(), maker(leaving.get(0).by())));
    }
    return choose(stored, allowed, request, now);
  }

  /** The request for what a timer of the object fires. */
  public MachineRequest timer(String transition) {
    return cluster(Trigger.TIMER, transition);
  }

  MachineRequest compensation(String transition) {
    return cluster(Trigger.COMPENSATION, transition);
  }

  MachineSchema schema() {
    return schema;
  }

  private MachineRequest cluster(Trigger by, String transition) {
    MachineTransition known = schema.transitions().get(transition);
    if (known == null) {
      throw new IllegalArgumentException("no transition " + transition);
    }
    return MachineRequest.byCluster(by, known.event(), transition);
  }

  private MachineOutcome notFrom(
      String state,
      Optional<MachineObject> stored,
      List<MachineTransition> named,
      MachineRequest request,
      Instant now) {
    Optional<MachineTransition> creation =
        named.stream().filter(MachineTransition::creates).findFirst();
    if (creation.isPresent() && stored.isPresent()) {
      return existing(creation.get(), stored.get(), now);
    }
    if (stored.isEmpty() && schema.initial().isEmpty()) {
      return Refused.because(
          request.event(),
          FailureCodes.NOT_FOUND,
          "there is no such object, and it must be created");
    }
    return Refused.because(
        request.event(),
        FailureCodes.WRONG_STATE,
        "'%s' does not leave state '%s'".formatted(request.event(), state));
  }

  private MachineOutcome existing(MachineTransition creation, MachineObject stored, Instant now) {
    if (creation.ifExists().isEmpty()) {
      return Refused.because(
          creation.name(), FailureCodes.ALREADY_EXISTS, "the object was created before");
    }
    MachineTransition.Existing answer = creation.ifExists().get();
    Scope scope = new Scope(stored.data(), stored.data(), Map.of(), stored.state(), now);
    try {
      return new Existing(answer.error(), answer.reply().map(reply -> reply.evaluate(scope)));
    } catch (RuntimeException _) {
      // That the object exists is the answer; a reply that is not there adds nothing to it.
      return new Existing(answer.error(), Optional.empty());
    }
  }

  private MachineOutcome choose(
      Optional<MachineObject> stored,
      List<MachineTransition> allowed,
      MachineRequest request,
      Instant now) {
    List<Applied> possible = new ArrayList<>();
    List<Failure> failures = new ArrayList<>();
    boolean compensates = false;
    for (MachineTransition transition : allowed) {
      switch (attempt(stored, transition, request, now)) {
        case Applied applied -> possible.add(applied);
        case Refused refused -> {
          failures.addAll(refused.failures());
          compensates |= refused.compensates();
        }
        case Existing existing -> {
          return existing;
        }
      }
    }
    if (possible.isEmpty()) {
      return new Refused(failures, compensates);
    }
    return possible.size() == 1 || schema.mode() == MachineSchema.Mode.FIRST_MATCH
        ? possible.get(0)
        : ambiguous(request, possible);
  }

  private MachineOutcome attempt(
      Optional<MachineObject> stored,
      MachineTransition transition,
      MachineRequest request,
      Instant now) {
    if (request.by() == Trigger.TIMER
        && stored
            .flatMap(object -> MachineTimers.due(schema, object, transition.name()))
            .filter(due -> !due.isAfter(now))
            .isEmpty()) {
      return Refused.because(
          transition.name(), FailureCodes.TIMER_NOT_DUE, "no timer of it is due yet");
    }
    return new TransitionAttempt(schema, transition, stored, now).run(request.args());
  }

  private Refused ambiguous(MachineRequest request, List<Applied> possible) {
    List<String> names = possible.stream().map(applied -> applied.event().transition()).toList();
    String next = schema.mode() == MachineSchema.Mode.CLIENT_PICKS ? "; pick one of them" : "";
    return Refused.because(
        request.event(),
        FailureCodes.AMBIGUOUS_TRANSITION,
        "several transitions may be made: " + String.join(", ", names) + next);
  }

  private static String maker(Trigger by) {
    return switch (by) {
      case CLIENT -> "clients";
      case TIMER -> "a timer";
      case COMPENSATION -> "a compensation";
    };
  }
}
