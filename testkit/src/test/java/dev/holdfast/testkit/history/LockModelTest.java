// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Sessions of 1 s. Times are milliseconds. */
final class LockModelTest {
  private final Script script = new Script("l");

  @Test
  void allowsHoldersOneAfterTheOther() {
    open(0, 5, "a");
    open(0, 6, "b");
    acquire(10, 20, "a", 1);
    held(15, 25, "b");
    release(30, 50, "a");
    acquire(35, 45, "b", 2);
    view(46, 48, "b", 2);

    assertPasses();
  }

  @Test
  void refusesTwoGrantsAtOnce() {
    open(0, 5, "a");
    open(0, 6, "b");
    acquire(10, 20, "a", 1);
    acquire(30, 40, "b", 2);

    assertFails();
  }

  @Test
  void allowsANewGrantAfterTheTtlOfTheHolder() {
    open(0, 5, "a");
    open(500, 505, "b");
    acquire(10, 20, "a", 1);
    acquire(990, 1_010, "b", 2);
    script.refused(1_020, 1_030, "keepAlive", session("a"), "gone");

    assertPasses();
  }

  @Test
  void refusesANewGrantJustBeforeTheTtlOfTheHolder() {
    open(0, 5, "a");
    open(500, 505, "b");
    acquire(10, 20, "a", 1);
    acquire(980, 999, "b", 2);

    assertFails();
  }

  @Test
  void countsTheTtlFromTheSendingOfTheLastRenewal() {
    open(0, 5, "a");
    open(500, 505, "b");
    acquire(10, 20, "a", 1);
    script.ok(600, 900, "keepAlive", session("a"), Map.of());
    acquire(1_500, 1_599, "b", 2);

    assertFails();
  }

  @Test
  void refusesARenewalAfterTheLockWasPassedOn() {
    open(0, 5, "a");
    open(500, 505, "b");
    acquire(10, 20, "a", 1);
    acquire(1_000, 1_100, "b", 2);
    script.ok(1_200, 1_300, "keepAlive", session("a"), Map.of());

    assertFails();
  }

  @Test
  void refusesATokenThatGoesBackOrStays() {
    open(0, 5, "a");
    open(0, 6, "b");
    acquire(10, 20, "a", 7);
    release(30, 40, "a");
    acquire(50, 60, "b", 7);

    assertFails();
  }

  @Test
  void refusesAGrantToASessionThatWasClosed() {
    open(0, 5, "a");
    script.ok(10, 20, "close", session("a"), Map.of());
    acquire(30, 40, "a", 1);

    assertFails();
  }

  @Test
  void refusesAGrantToASessionThatWasSaidToHaveEnded() {
    open(0, 5, "a");
    script.refused(1_100, 1_200, "keepAlive", session("a"), "gone");
    acquire(1_300, 1_400, "a", 1);

    assertFails();
  }

  /** Its grant goes on for a while, and it is told so no more. */
  @Test
  void refusesToSayToAnEndedSessionThatItHoldsTheLock() {
    open(0, 5, "a");
    acquire(10, 20, "a", 1);
    script.ok(30, 40, "close", session("a"), Map.of());
    acquire(50, 60, "a", 1);

    assertFails();
  }

  @Test
  void refusesToSayToAnEndedSessionThatAnotherHoldsTheLock() {
    open(0, 5, "a");
    open(0, 6, "b");
    acquire(10, 20, "a", 1);
    script.ok(30, 40, "close", session("b"), Map.of());
    held(50, 60, "b");

    assertFails();
  }

  @Test
  void refusesTheEndOfASessionBeforeItsTtl() {
    open(0, 5, "a");
    script.refused(800, 900, "acquire", owner("a"), "gone");

    assertFails();
  }

  @Test
  void refusesHeldOfALockThatNobodyCanHold() {
    open(0, 5, "a");
    held(10, 20, "a");

    assertFails();
  }

  @Test
  void allowsALockToBeHeldForAWhileAfterItsSession() {
    open(0, 5, "a");
    open(0, 6, "b");
    acquire(10, 20, "a", 1);
    script.ok(30, 40, "close", session("a"), Map.of());
    held(50, 60, "b");
    acquire(70, 80, "b", 2);

    assertPasses();
  }

  @Test
  void refusesAReleaseThatReleasedNothing() {
    open(0, 5, "a");
    open(0, 6, "b");
    acquire(10, 20, "a", 1);
    release(30, 40, "a");
    release(50, 60, "a");

    assertFails();
  }

  @Test
  void refusesThatAHoldVanishes() {
    open(0, 5, "a");
    acquire(10, 20, "a", 1);
    script.refused(30, 40, "release", owner("a"), "notHeld");

    assertFails();
  }

  @Test
  void refusesAViewOfAFormerHolder() {
    open(0, 5, "a");
    acquire(10, 20, "a", 1);
    release(30, 40, "a");
    view(50, 60, "a", 1);

    assertFails();
  }

  @Test
  void refusesAViewWithoutTheHolder() {
    open(0, 5, "a");
    acquire(10, 20, "a", 1);
    script.ok(30, 40, "view", Map.of(), Map.of());

    assertFails();
  }

  @Test
  void allowsAGrantWithoutAnswerToBeTakenBack() {
    open(0, 5, "a");
    open(0, 6, "b");
    script.unknown(10, "acquire", owner("a"));
    view(20, 30, "a", 1);
    acquire(40, 50, "b", 2);
    script.ok(60, 70, "keepAlive", session("a"), Map.of());

    assertPasses();
  }

  @Test
  void refusesAGrantThatWasSaidToHaveFailed() {
    open(0, 5, "a");
    script.failed(10, 15, "acquire", owner("a"));
    view(20, 30, "a", 1);

    assertFails();
  }

  @Test
  void givesTheSameOwnerTheSameToken() {
    open(0, 5, "a");
    acquire(10, 20, "a", 1);
    acquire(30, 40, "a", 1);
    assertPasses();

    acquire(50, 60, "a", 2);
    assertFails();
  }

  @Test
  void allowsAReleaseWithoutAnswer() {
    open(0, 5, "a");
    open(0, 6, "b");
    acquire(10, 20, "a", 1);
    script.unknown(30, "release", owner("a"));
    held(40, 50, "b");
    acquire(60, 70, "b", 2);

    assertPasses();
  }

  private void open(int from, int to, String session) {
    script.ok(from, to, "open", Map.of("ttlMillis", "1000"), session(session));
  }

  private void acquire(int from, int to, String session, int token) {
    script.ok(from, to, "acquire", owner(session), Map.of("token", Integer.toString(token)));
  }

  private void held(int from, int to, String session) {
    script.refused(from, to, "acquire", owner(session), "held");
  }

  private void release(int from, int to, String session) {
    script.ok(from, to, "release", owner(session), Map.of());
  }

  private void view(int from, int to, String session, int token) {
    script.ok(
        from,
        to,
        "view",
        Map.of(),
        Map.of("session", session, "holder", "h", "token", Integer.toString(token)));
  }

  private static Map<String, String> session(String session) {
    return Map.of("session", session, "ttlMillis", "1000");
  }

  private static Map<String, String> owner(String session) {
    return Map.of("session", session, "holder", "h");
  }

  private void assertPasses() {
    assertThat(script.judgedBy(new LockModel())).isInstanceOf(Verdict.Linearizable.class);
  }

  private void assertFails() {
    assertThat(script.judgedBy(new LockModel())).isInstanceOf(Verdict.Violated.class);
  }
}
