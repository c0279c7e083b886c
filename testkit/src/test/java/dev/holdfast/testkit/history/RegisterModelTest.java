// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class RegisterModelTest {
  private final Script script = new Script("r");

  @Test
  void allowsAReadDuringAWriteToSeeTheOldValueOrTheNewOne() {
    write(0, 10, "a", "1");
    write(20, 60, "b", "2");
    read(30, 40, "a", "1");
    read(30, 45, "b", "2");
    read(50, 55, "b", "2");

    assertPasses();
  }

  @Test
  void refusesAReadThatGoesBackDuringAWrite() {
    write(0, 10, "a", "1");
    write(20, 60, "b", "2");
    read(30, 40, "b", "2");
    read(45, 50, "a", "1");

    assertFails();
  }

  @Test
  void refusesAStaleRead() {
    write(0, 10, "a", "1");
    write(20, 30, "b", "2");
    read(31, 40, "a", "1");

    assertFails();
  }

  @Test
  void refusesALostUpdate() {
    write(0, 10, "a", "1");
    cas(20, 30, "1", "b", "2");
    cas(25, 40, "1", "c", "3");

    assertFails();
  }

  @Test
  void refusesAnAcknowledgedWriteThatNobodySees() {
    write(0, 10, "a", "1");
    script.refused(20, 30, "read", Map.of(), "absent");

    assertFails();
  }

  @Test
  void refusesAReadOfAWriteThatWasRefused() {
    write(0, 10, "a", "1");
    script.refused(20, 30, "cas", Map.of("ifVersion", "0", "value", "b"), "other");
    read(40, 50, "b", "2");

    assertFails();
  }

  @Test
  void refusesAReadOfAWriteThatCertainlyFailed() {
    write(0, 10, "a", "1");
    script.failed(20, 30, "write", Map.of("value", "b"));
    read(40, 50, "b", "2");

    assertFails();
  }

  @Test
  void refusesAValueThatNobodyWrote() {
    read(0, 10, "a", "1");

    assertFails();
  }

  @Test
  void refusesAConflictThatWasNone() {
    write(0, 10, "a", "1");
    script.refused(20, 30, "cas", Map.of("ifVersion", "1", "value", "b"), "other");

    assertFails();
  }

  @Test
  void allowsAWriteWithoutAnswerToShowLateOrNever() {
    write(0, 10, "a", "1");
    script.unknown(20, "write", Map.of("value", "b"));
    read(30, 40, "a", "1");
    read(50, 60, "b", "2");
    cas(70, 80, "2", "c", "3");
    script.unknown(90, "write", Map.of("value", "d"));
    read(100, 110, "c", "3");

    assertPasses();
  }

  @Test
  void refusesAWriteWithoutAnswerThatShowsAndVanishes() {
    write(0, 10, "a", "1");
    script.unknown(20, "write", Map.of("value", "b"));
    read(30, 40, "b", "2");
    read(50, 60, "a", "1");

    assertFails();
  }

  @Test
  void refusesAWriteWithoutAnswerThatShowsBeforeItWasSent() {
    read(0, 10, "b", "2");
    script.unknown(20, "write", Map.of("value", "b"));

    assertFails();
  }

  @Test
  void refusesAWriteThatWorksTwice() {
    script.unknown(0, "write", Map.of("value", "a"));
    read(10, 20, "a", "1");
    write(30, 40, "b", "2");
    read(50, 60, "a", "3");

    assertFails();
  }

  @Test
  void leavesOutAReadWithoutAnswer() {
    write(0, 10, "a", "1");
    script.unknown(20, "read", Map.of());
    read(30, 40, "a", "1");

    assertPasses();
  }

  @Test
  void refusesTwoValuesUnderOneVersion() {
    write(0, 10, "a", "1");
    read(20, 30, "a", "2");

    assertFails();
  }

  @Test
  void knowsPresenceCreationAndDeletion() {
    script.refused(0, 5, "has", Map.of(), "absent");
    script.ok(10, 20, "create", Map.of("value", "a"), Map.of("version", "1"));
    script.ok(21, 25, "has", Map.of(), Map.of());
    script.refused(26, 30, "create", Map.of("value", "b"), "present");
    script.refused(31, 35, "delete", Map.of("ifVersion", "0"), "other");
    script.ok(36, 40, "delete", Map.of("ifVersion", "1"), Map.of());
    script.refused(41, 45, "delete", Map.of(), "absent");
    script.refused(46, 50, "read", Map.of(), "absent");

    assertPasses();
  }

  @Test
  void refusesAKeyThatIsThereAfterItsDeletion() {
    write(0, 10, "a", "1");
    script.ok(20, 30, "delete", Map.of(), Map.of());
    script.ok(40, 50, "has", Map.of(), Map.of());

    assertFails();
  }

  @Test
  void refusesTwoCreations() {
    script.ok(0, 30, "create", Map.of("value", "a"), Map.of("version", "1"));
    script.ok(10, 40, "create", Map.of("value", "b"), Map.of("version", "2"));

    assertFails();
  }

  @Test
  void comparesValuesWhereThereAreNoVersions() {
    script.ok(0, 10, "write", Map.of("value", "a"), Map.of());
    script.ok(20, 30, "cas", Map.of("ifValue", "a", "value", "b"), Map.of());
    script.refused(40, 50, "cas", Map.of("ifValue", "a", "value", "c"), "other");
    script.ok(60, 70, "read", Map.of(), Map.of("value", "b"));

    assertPasses();
  }

  @Test
  void refusesACompareAndSetByAValueThatWasReplaced() {
    script.ok(0, 10, "write", Map.of("value", "a"), Map.of());
    script.ok(20, 30, "cas", Map.of("ifValue", "a", "value", "b"), Map.of());
    script.ok(40, 50, "cas", Map.of("ifValue", "a", "value", "c"), Map.of());

    assertFails();
  }

  private void write(int from, int to, String value, String version) {
    script.ok(from, to, "write", Map.of("value", value), Map.of("version", version));
  }

  private void cas(int from, int to, String expected, String value, String version) {
    script.ok(
        from, to, "cas", Map.of("ifVersion", expected, "value", value), Map.of("version", version));
  }

  private void read(int from, int to, String value, String version) {
    script.ok(from, to, "read", Map.of(), Map.of("value", value, "version", version));
  }

  private void assertPasses() {
    assertThat(script.judgedBy(new RegisterModel())).isInstanceOf(Verdict.Linearizable.class);
  }

  private void assertFails() {
    assertThat(script.judgedBy(new RegisterModel())).isInstanceOf(Verdict.Violated.class);
  }
}
