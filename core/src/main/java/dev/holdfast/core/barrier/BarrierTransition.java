// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.barrier;

import dev.holdfast.core.Keys;
import dev.holdfast.core.barrier.Barrier.Party;
import dev.holdfast.core.barrier.BarrierReply.Outcome;
import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.core.operation.Effect;
import dev.holdfast.core.operation.OnceTransition;
import dev.holdfast.core.transition.Sight;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rules of a barrier. */
public final class BarrierTransition extends OnceTransition<Barrier, BarrierCommand, BarrierReply> {
  private static final int FORMAT = 1;
  private static final String WHAT = "A barrier";
  private static final Outcome[] OUTCOMES = Outcome.values();

  @Override
  public Effect<Barrier, BarrierReply> effect(@Nullable Barrier state, BarrierCommand command) {
    return effect(state, command, new Sight(Keys.barrier("-"), 0, 0, Map.of()));
  }

  @Override
  public Effect<Barrier, BarrierReply> effect(
      @Nullable Barrier state, BarrierCommand command, Sight sight) {
    return switch (command) {
      case BarrierCommand.Arrive arrive -> arrive(state, arrive, sight);
      case BarrierCommand.Leave leave -> leave(state, leave);
    };
  }

  private static Effect<Barrier, BarrierReply> arrive(
      @Nullable Barrier state, BarrierCommand.Arrive arrive, Sight sight) {
    long round = state == null ? 0 : state.round();
    List<Party> waiting = new ArrayList<>(state == null ? List.of() : state.arrived());
    // An ended session never comes back: what is known of it stays true.
    waiting.removeIf(party -> sight.isKnownAbsent(Keys.session(party.session())));
    waiting.remove(arrive.party());
    if (state != null && state.parties() != arrive.parties() && !waiting.isEmpty()) {
      return new Effect<>(
          state, new BarrierReply(Outcome.OTHER_PARTIES, round, waiting.size(), state.parties()));
    }
    int before = waiting.size();
    waiting.add(arrive.party());
    if (waiting.size() < arrive.parties()) {
      return new Effect<>(
          new Barrier(arrive.parties(), round, waiting),
          new BarrierReply(Outcome.ARRIVED, round, before, arrive.parties()));
    }
    return new Effect<>(
        new Barrier(arrive.parties(), round + 1, List.of()),
        new BarrierReply(Outcome.TRIPPED, round, before, arrive.parties()),
        allLive(waiting));
  }

  private static List<Condition> allLive(List<Party> parties) {
    return parties.stream()
        .map(Party::session)
        .distinct()
        .map(session -> (Condition) new Condition.Exists(Keys.session(session)))
        .toList();
  }

  private static Effect<Barrier, BarrierReply> leave(
      @Nullable Barrier state, BarrierCommand.Leave leave) {
    int parties = state == null ? 1 : state.parties();
    if (state != null && state.round() > leave.round()) {
      return new Effect<>(state, new BarrierReply(Outcome.TRIPPED, leave.round(), 0, parties));
    }
    List<Party> waiting = new ArrayList<>(state == null ? List.of() : state.arrived());
    boolean gone = waiting.remove(leave.party());
    Barrier next = gone && state != null ? new Barrier(parties, state.round(), waiting) : state;
    return new Effect<>(
        next, new BarrierReply(Outcome.LEFT, leave.round(), waiting.size(), parties));
  }

  @Override
  @SuppressWarnings("EnumOrdinal") // Their order is the format.
  public Bytes encodeReply(BarrierReply reply) {
    return new ByteWriter(FORMAT)
        .octet(reply.outcome().ordinal())
        .number(reply.round())
        .number(reply.waiting())
        .number(reply.parties())
        .toBytes();
  }

  @Override
  public BarrierReply decodeReply(Bytes reply) {
    return ByteReader.decode(
        WHAT,
        FORMAT,
        reply,
        reader ->
            new BarrierReply(
                OUTCOMES[reader.number(0, OUTCOMES.length - 1)],
                reader.number(),
                reader.number(0, Barrier.PARTIES_MAX),
                reader.number(1, Barrier.PARTIES_MAX)));
  }

  @Override
  public Bytes encode(Barrier state) {
    ByteWriter writer =
        new ByteWriter(FORMAT)
            .number(state.parties())
            .number(state.round())
            .number(state.arrived().size());
    state.arrived().forEach(party -> writer.text(party.session()).text(party.id()));
    return writer.toBytes();
  }

  @Override
  public Barrier decode(Bytes value) {
    return ByteReader.decode(WHAT, FORMAT, value, BarrierTransition::read);
  }

  private static Barrier read(ByteReader reader) {
    int parties = reader.number(1, Barrier.PARTIES_MAX);
    long round = reader.number();
    int count = reader.count(parties);
    List<Party> arrived = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      arrived.add(new Party(reader.text(), reader.text()));
    }
    return new Barrier(parties, round, arrived);
  }
}
