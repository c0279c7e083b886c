// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bodies of {@code /v1/locks}. */
public final class LockBodies {
  private LockBodies() {}

  /**
   * {@code POST /v1/locks/{name}}.
   *
   * @param holder names the owner inside the session; the same (session, holder) posted again gets
   *     the same token
   * @param mode exclusive when absent
   * @param waitText {@code wait} on the wire, as {@link DurationText}, none when absent
   * @param seen the newest revision that the caller had seen when it first sent this request (R12);
   *     0 when absent, for callers who do not retry
   * @param delayText {@code delay} on the wire, as {@link DurationText}, none when absent: for so
   *     long nobody else is granted the lock after the session has expired
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Acquire(
      String session,
      String holder,
      @Nullable LockMode mode,
      @JsonProperty("wait") @Nullable String waitText,
      @Nullable Long seen,
      @JsonProperty("delay") @Nullable String delayText) {}

  /**
   * {@code PATCH /v1/locks/{name}}: makes an exclusive hold a shared one, under a new token.
   *
   * @param mode {@code shared}; there is no other change of a hold
   */
  public record Downgrade(String session, String holder, long token, LockMode mode) {}

  /**
   * The lock is held.
   *
   * @param token rises with each grant; later exclusive grants have strictly greater ones
   * @param home id of the node that runs the lock's changes
   * @param api address of that node, empty when it is not known
   */
  public record Grant(
      String lock,
      String session,
      String holder,
      LockMode mode,
      long token,
      long revision,
      String home,
      String api) {}

  /** Answer of {@code DELETE /v1/locks/{name}?session=…&holder=…}. */
  public record Released(String lock, String session, String holder, long revision) {}

  public record Holder(String session, String holder, LockMode mode, long token) {}

  /**
   * @param position 1 is next
   */
  public record Waiter(String session, String holder, LockMode mode, long position) {}

  /**
   * {@code GET /v1/locks/{name}}.
   *
   * @param waiters the first ones
   * @param waiting how many wait in all
   */
  public record View(
      String lock, List<Holder> holders, List<Waiter> waiters, long waiting, long revision) {
    public View {
      holders = List.copyOf(holders);
      waiters = List.copyOf(waiters);
    }
  }

  /**
   * {@code GET /v1/locks?prefix=}.
   *
   * @param next the {@code after} of the next page, absent on the last one
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Page(List<View> locks, @Nullable String next) {
    public Page {
      locks = List.copyOf(locks);
    }
  }
}
