// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.core.Keys;
import dev.holdfast.core.ModelCoordinator;
import dev.holdfast.core.session.SessionReply.Adopted;
import dev.holdfast.core.session.SessionReply.Created;
import dev.holdfast.core.session.SessionReply.Ended;
import dev.holdfast.core.session.SessionReply.Gone;
import dev.holdfast.core.session.SessionReply.HostMoved;
import dev.holdfast.core.session.SessionReply.IdTaken;
import dev.holdfast.core.session.SessionReply.NotExpired;
import dev.holdfast.core.session.SessionReply.StaleRequest;
import dev.holdfast.core.transition.Answer;
import dev.holdfast.core.transition.CommandBatch;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class SessionTransitionTest {
  private static final SessionHost N1 = new SessionHost("n1", 7);
  private static final SessionHost N2 = new SessionHost("n2", 3);

  private final ModelCoordinator coordinator = new ModelCoordinator(50);

  private SessionCommand.Create create() {
    return new SessionCommand.Create(5_000, N1, coordinator.revision());
  }

  private static SessionCommand.Adopt adopt(SessionHost newHost, SessionHost expected) {
    return new SessionCommand.Adopt(newHost, expected, SessionCommand.Grounds.HOST_LEASE_GONE);
  }

  private Session session() {
    Entry entry = Objects.requireNonNull(coordinator.read(Keys.session("s")).entry());
    return new SessionTransition().decode(entry.value());
  }

  private SessionReply tell(SessionCommand command) {
    return tellOn(coordinator.read(Keys.session("s")), command);
  }

  private SessionReply tellOn(Observation observation, SessionCommand command) {
    CommandBatch<Session, SessionCommand, SessionReply> batch =
        CommandBatch.of(new SessionTransition(), observation, List.of(command));
    for (int attempt = 0; attempt < 4; attempt++) {
      switch (coordinator.commit(batch.toCommit())) {
        case CommitResult.Committed _ -> {
          return switch (batch.answers().getFirst()) {
            case Answer.Decided<SessionReply> decided -> decided.reply();
            case Answer.Refused<SessionReply> refused -> refused.reply();
            case Answer.TooLarge<SessionReply> tooLarge -> throw tooLarge.problem();
          };
        }
        case CommitResult.Conflict conflict -> batch = batch.afterConflict(conflict.failed());
      }
    }
    throw new AssertionError("no end of conflicts");
  }

  @Test
  void isMadeOnce() {
    SessionCommand.Create create = create();

    assertThat(tell(create)).isEqualTo(new Created(new Session(5_000, N1, 0)));
    assertThat(tell(create)).isEqualTo(new Created(new Session(5_000, N1, 0)));
    assertThat(tell(new SessionCommand.Create(6_000, N1, coordinator.revision())))
        .isEqualTo(new IdTaken());
  }

  @Test
  void endsOnceAndLeavesWhatItsHomeNeedsToReleaseItsClaims() {
    tell(create());
    long revision = coordinator.revision();

    EndedSession ended = new EndedSession(EndedSession.Reason.CLOSED, N1);
    assertThat(tell(new SessionCommand.Close())).isEqualTo(new Ended(ended));

    assertThat(coordinator.revision()).isEqualTo(revision + 1);
    assertThat(coordinator.read(Keys.session("s")).isPresent()).isFalse();
    Entry entry = Objects.requireNonNull(coordinator.read(Keys.ended("s")).entry());
    assertThat(EndedSession.decode(entry.value())).isEqualTo(ended);
    assertThat(tell(new SessionCommand.Close())).isEqualTo(new Gone());
    assertThat(tell(adopt(N2, N1))).isEqualTo(new Gone());
  }

  @Test
  void isNotMadeAgainByALateCreate() {
    SessionCommand.Create late = create();
    tell(late);
    tell(new SessionCommand.Close());

    assertThat(tell(late)).isEqualTo(new StaleRequest());
    coordinator.commit(new Transaction(List.of(), List.of(new Change.Delete(Keys.ended("s")))));
    assertThat(tell(late)).isEqualTo(new StaleRequest());
    assertThat(coordinator.read(Keys.session("s")).isPresent()).isFalse();
  }

  @Test
  void isNotMadeWhileItsClaimsAreLeft() {
    tell(create());
    tell(new SessionCommand.Close());

    assertThat(tell(create())).isEqualTo(new StaleRequest());
  }

  @Test
  void changesItsHostForOneOfTwoAdopters() {
    tell(create());
    Observation before = coordinator.read(Keys.session("s"));

    assertThat(tellOn(before, adopt(N2, N1))).isEqualTo(new Adopted(new Session(5_000, N2, 1)));
    SessionHost n3 = new SessionHost("n3", 1);
    assertThat(tellOn(before, adopt(n3, N1))).isEqualTo(new HostMoved(session()));
    assertThat(tellOn(before, adopt(N2, N1))).isEqualTo(new Adopted(session()));
  }

  @Test
  void isNotExpiredByAHostThatWasReplaced() {
    tell(create());
    SessionCommand.Expire expire = new SessionCommand.Expire(session());
    tell(adopt(N2, N1));
    tell(adopt(N1, N2));

    assertThat(tell(expire)).isEqualTo(new NotExpired(new Session(5_000, N1, 2)));

    EndedSession ended = new EndedSession(EndedSession.Reason.EXPIRED, N1);
    assertThat(tell(new SessionCommand.Expire(session()))).isEqualTo(new Ended(ended));
    assertThat(tell(expire)).isEqualTo(new Gone());
  }

  @Test
  void isAdoptedOnlyOnGrounds() {
    assertThat(SessionCommand.Grounds.of(false, false)).isEmpty();
    assertThat(SessionCommand.Grounds.of(true, false))
        .contains(SessionCommand.Grounds.HOST_LEASE_GONE);
    assertThat(SessionCommand.Grounds.of(false, true))
        .contains(SessionCommand.Grounds.KEEP_ALIVE_IN_HAND);
  }

  @Test
  void hasATtlOfOneSecondToOneDay() {
    assertThat(Session.ttlProblem(Duration.ofMillis(999))).isPresent();
    assertThat(Session.ttlProblem(Duration.ofSeconds(1))).isEmpty();
    assertThat(Session.ttlProblem(Duration.ofHours(24))).isEmpty();
    assertThat(Session.ttlProblem(Duration.ofHours(24).plusMillis(1))).isPresent();
    assertThat(Session.ttlProblem(Duration.ofSeconds(Long.MAX_VALUE))).isPresent();
  }
}
