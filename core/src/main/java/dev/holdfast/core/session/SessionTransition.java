// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.session;

import dev.holdfast.core.Keys;
import dev.holdfast.core.codec.ByteReader;
import dev.holdfast.core.codec.ByteWriter;
import dev.holdfast.core.transition.Decision;
import dev.holdfast.core.transition.Sight;
import dev.holdfast.core.transition.Transition;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Observation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rules of a session. The package text explains them. */
public final class SessionTransition implements Transition<Session, SessionCommand, SessionReply> {
  static final int FORMAT = 1;

  @Override
  public Decision<Session, SessionReply> decide(
      @Nullable Session session, SessionCommand command, Sight sight) {
    EntryKey ended =
        Keys.sessionOf(sight.key())
            .map(Keys::ended)
            .orElseThrow(() -> new IllegalArgumentException("Not a session: " + sight.key()));
    return switch (command) {
      case SessionCommand.Create create -> create(session, create, ended, sight);
      case SessionCommand.Adopt adopt -> adopt(session, adopt);
      case SessionCommand.Close _ -> end(session, EndedSession.Reason.CLOSED, ended);
      case SessionCommand.Expire expire ->
          session == null || session.equals(expire.expected())
              ? end(session, EndedSession.Reason.EXPIRED, ended)
              : new Decision.Keep<>(new SessionReply.NotExpired(session));
    };
  }

  private static Decision<Session, SessionReply> create(
      @Nullable Session session, SessionCommand.Create create, EntryKey ended, Sight sight) {
    Session wanted = new Session(create.ttlMillis(), create.host(), 0);
    if (session != null) {
      return new Decision.Keep<>(
          session.equals(wanted) ? new SessionReply.Created(session) : new SessionReply.IdTaken());
    }
    if (sight.lastDeleted() > create.seenRevision()) {
      return new Decision.Keep<>(new SessionReply.StaleRequest());
    }
    return new Decision.Become<>(
        wanted,
        new SessionReply.Created(wanted),
        List.of(new Condition.AbsentSince(ended, create.seenRevision())),
        List.of());
  }

  private static Decision<Session, SessionReply> adopt(
      @Nullable Session session, SessionCommand.Adopt adopt) {
    if (session == null) {
      return new Decision.Keep<>(new SessionReply.Gone());
    }
    if (session.host().equals(adopt.newHost())) {
      return new Decision.Keep<>(new SessionReply.Adopted(session));
    }
    if (!session.host().equals(adopt.expected())) {
      return new Decision.Keep<>(new SessionReply.HostMoved(session));
    }
    Session adopted = session.adoptedBy(adopt.newHost());
    return new Decision.Become<>(adopted, new SessionReply.Adopted(adopted), List.of(), List.of());
  }

  private static Decision<Session, SessionReply> end(
      @Nullable Session session, EndedSession.Reason reason, EntryKey ended) {
    if (session == null) {
      return new Decision.Keep<>(new SessionReply.Gone());
    }
    EndedSession value = new EndedSession(reason, session.host());
    return new Decision.Vanish<>(
        new SessionReply.Ended(value), List.of(), List.of(new Change.Put(ended, value.encode())));
  }

  @Override
  public @Nullable SessionReply refuse(SessionCommand command, Observation failed) {
    return switch (command) {
      case SessionCommand.Create _ -> new SessionReply.StaleRequest();
      case SessionCommand.Adopt _, SessionCommand.Close _, SessionCommand.Expire _ -> null;
    };
  }

  @Override
  public Bytes encode(Session session) {
    return new ByteWriter(FORMAT)
        .number(session.ttlMillis())
        .text(session.host().node())
        .number(session.host().lease())
        .number(session.adoptions())
        .toBytes();
  }

  @Override
  public Session decode(Bytes value) {
    return ByteReader.decode(
        "A session",
        FORMAT,
        value,
        reader ->
            new Session(
                reader.number(), new SessionHost(reader.text(), reader.number()), reader.number()));
  }
}
