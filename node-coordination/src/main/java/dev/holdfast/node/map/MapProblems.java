// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.map;

import dev.holdfast.core.Keys;
import dev.holdfast.core.map.MapReply;
import dev.holdfast.core.map.MapWrite;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.session.SessionRoutes;
import dev.holdfast.spi.EntryKey;
import java.util.Objects;

/** What a client is told when a write was not made. */
public final class MapProblems {
  private MapProblems() {}

  /** Every reply but {@link MapReply.Written}. */
  public static ProblemException of(MapWrite write, MapReply reply) {
    return switch (reply) {
      case MapReply.Mismatch(EntryKey key, long version) ->
          new ProblemException(
                  412,
                  "VERSION_MISMATCH",
                  "Key '%s' %s"
                      .formatted(
                          Keys.mapEntryOf(key).map(Keys.MapKey::key).orElse(key.value()),
                          version == 0 ? "is absent" : "has version " + version),
                  "Read it again and decide anew what to write.")
              .with("version", version);
      case MapReply.Fenced _ ->
          new ProblemException(
              412,
              "FENCED",
              "The lock that this write names has moved on",
              "Acquire the lock again and decide anew what to write.");
      case MapReply.StateTooLarge(long limitBytes) ->
          new ProblemException(
                  507,
                  "STATE_TOO_LARGE",
                  "All maps together may have %d bytes (map.maxStateSize), and this write exceeds it"
                      .formatted(limitBytes),
                  "Delete entries, store large values as objects, or raise map.maxStateSize.")
              .with("limit", "map.maxStateSize")
              .with("limitBytes", limitBytes);
      case MapReply.SessionGone _ ->
          SessionRoutes.gone(Objects.requireNonNullElse(write.session(), ""));
      case MapReply.Overtaken _ ->
          new ProblemException(
              409,
              "STALE_REQUEST",
              "A later operation has used this slot",
              "Nobody waits for this answer; use a new sequence.");
      case MapReply.Written _ -> throw new IllegalStateException("Not a refusal");
    };
  }

  /** Too many pages are read at once. */
  public static ProblemException tooManyPages() {
    return new ProblemException(
        503,
        "OVERLOADED",
        "This node already lists as many pages of maps as it may",
        "Ask again a second later, or another node.");
  }

  public static ProblemException bad(IllegalArgumentException e) {
    return new ProblemException(
        400, "INVALID_VALUE", String.valueOf(e.getMessage()), "Correct it.", e);
  }
}
