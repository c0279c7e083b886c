// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one connection has told its client about one claim. The direct answer and the watch of the
 * node both come here; whichever is first is told, the other is not told again, and what is older
 * than what was told is dropped (R19). Immutable.
 *
 * @param token of the grant that was told, 0 before
 * @param revision of what was told
 * @param latest what the watch told last; null before it did. What comes before the first answer is
 *     kept until that answer is known
 */
public record ClaimNews(Told told, long token, long revision, @Nullable Observation latest) {
  public static final ClaimNews NONE = new ClaimNews(Told.NOTHING, 0, 0, null);

  /** How the claim stands, as far as the client was told. */
  public enum Told {
    NOTHING,
    QUEUED,
    HELD,
    /** Nothing more will be told. */
    OVER
  }

  /** What is to be pushed to the client. */
  public sealed interface Push {
    record Granted(long token, long revision) implements Push {}

    record Lost(long token, long revision) implements Push {}

    record Cancelled(long revision) implements Push {}
  }

  /**
   * @param next replaces the news that was asked
   */
  public record Step(ClaimNews next, Optional<Push> push) {}

  public boolean isOver() {
    return told == Told.OVER;
  }

  /** The client was answered: it holds the lock. */
  public Step granted(long grantedToken, long atRevision) {
    return isOver() ? silent() : held(grantedToken, atRevision).considerLatest();
  }

  /** The client was answered: it waits. */
  public Step queued(long atRevision) {
    return switch (told) {
      case OVER -> silent();
      // The grant was faster than the answer.
      case HELD -> considerLatest();
      case NOTHING, QUEUED -> standing(Told.QUEUED, atRevision).considerLatest();
    };
  }

  /** A client that has moved here was told how its claim stands, with those of other handles. */
  public Step resumed(@Nullable Claim claim, long atRevision) {
    return switch (claim) {
      case Claim.Held grant -> held(grant.token(), atRevision).considerLatest();
      case Claim.Waiting _ -> standing(Told.QUEUED, atRevision).considerLatest();
      case null -> standing(told, atRevision).considerLatest();
    };
  }

  /** The watch told how the claim is. */
  public Step changed(Observation now) {
    boolean newer = latest == null || latest.revision() <= now.revision();
    return new ClaimNews(told, token, revision, newer ? now : latest).consider(now);
  }

  /** The client has given the claim up, or gone. */
  public ClaimNews over() {
    return new ClaimNews(Told.OVER, token, revision, latest);
  }

  private Step considerLatest() {
    return latest == null ? silent() : consider(latest);
  }

  /**
   * One commit may enqueue a request and, by a release in the same batch, grant it: so what was
   * seen at the very revision of the answer counts, and is the newer of the two.
   */
  private Step consider(Observation now) {
    if (now.revision() < revision || told == Told.NOTHING || isOver()) {
      return silent();
    }
    Entry entry = now.entry();
    if (entry == null) {
      Push end =
          told == Told.HELD
              ? new Push.Lost(token, now.revision())
              : new Push.Cancelled(now.revision());
      return new Step(over(), Optional.of(end));
    }
    if (!(ClaimCodec.decode(entry.value()) instanceof Claim.Held held)
        || (told == Told.HELD && token == held.token())) {
      return silent();
    }
    Push grant = new Push.Granted(held.token(), now.revision());
    return new Step(held(held.token(), now.revision()), Optional.of(grant));
  }

  private Step silent() {
    return new Step(this, Optional.empty());
  }

  private ClaimNews held(long grantedToken, long atRevision) {
    return new ClaimNews(Told.HELD, grantedToken, Math.max(revision, atRevision), latest);
  }

  private ClaimNews standing(Told next, long atRevision) {
    return new ClaimNews(next, token, Math.max(revision, atRevision), latest);
  }
}
