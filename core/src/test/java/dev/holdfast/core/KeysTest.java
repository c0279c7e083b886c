// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.core.lock.Owner;
import dev.holdfast.spi.EntryKey;
import org.junit.jupiter.api.Test;

final class KeysTest {
  @Test
  void readsBackWhatItNames() {
    assertThat(Keys.sessionOf(Keys.session("a-B_9"))).contains("a-B_9");
    assertThat(Keys.endedOf(Keys.ended("x"))).contains("x");
    assertThat(Keys.lockOf(Keys.lock("a/b%2Fc//"))).contains("a/b%2Fc//");
    assertThat(Keys.claimOf(Keys.claim("s", "a/b%2F%c", "h/%25é")))
        .contains(new Keys.ClaimKey("s", "a/b%2F%c", "h/%25é"));
    assertThat(Keys.waitOf(Keys.wait("a/b", 255))).contains(new Keys.WaitKey("a/b", 255));
    assertThat(Keys.wait("a/b", 255).value()).isEqualTo("wait/a%2Fb/00000000000000ff");
    assertThat(Keys.incarnationOf(Keys.incarnation("n1"))).contains("n1");
    assertThat(Keys.statsOf(Keys.stats("n1"))).contains("n1");
    assertThat(Keys.leaseOf(Keys.lease("n1"))).contains("n1");
    assertThat(Keys.objectOf(Keys.object("a/b c"))).contains("a/b c");
    assertThat(Keys.lock("printers/3rd floor").value()).isEqualTo("lock/printers/3rd floor");
  }

  @Test
  void keepsNamesApartThatDifferOnlyInWhereTheirSlashesAre() {
    assertThat(Keys.claim("s", "a/b", "c")).isNotEqualTo(Keys.claim("s", "a", "b/c"));
    assertThat(Keys.claim("s", "a%2Fb", "c")).isNotEqualTo(Keys.claim("s", "a/b", "c"));
    assertThat(Keys.waitsFor("a/b")).isNotEqualTo(Keys.waitsFor("a%2Fb"));
    assertThat(Keys.claim("s", "a", "b").startsWith(Keys.claimsOf("s"))).isTrue();
    assertThat(Keys.claim("s2", "a", "b").startsWith(Keys.claimsOf("s"))).isFalse();
    assertThat(Keys.wait("ab", 1).startsWith(Keys.waitsFor("a"))).isFalse();
  }

  @Test
  void readsNothingFromKeysThatNoNameCanHaveMade() {
    for (String key :
        new String[] {
          "claim/s/a",
          "claim/s/a/b/c",
          "claim//a/b",
          "claim/s/a%2f/b",
          "claim/s/%/b",
          "wait/a/1",
          "wait/a/00000000000000FF",
          "wait/a/ffffffffffffffff",
          "wait/a/000000000000000g",
          "wait//0000000000000001",
          "session/",
          "session/a/b",
          "lock/",
          "lease/N1",
          "object/a//b",
          "object/../b",
          "other/x",
          "session"
        }) {
      EntryKey entry = new EntryKey(key);
      assertThat(Keys.claimOf(entry)).as(key).isEmpty();
      assertThat(Keys.waitOf(entry)).as(key).isEmpty();
      assertThat(Keys.sessionOf(entry)).as(key).isEmpty();
      assertThat(Keys.lockOf(entry)).as(key).isEmpty();
      assertThat(Keys.leaseOf(entry)).as(key).isEmpty();
      assertThat(Keys.objectOf(entry)).as(key).isEmpty();
    }
  }

  @Test
  void fitsIntoAKeyWhateverIsAllowed() {
    String session = "s".repeat(Names.SESSION_LENGTH_MAX);
    for (String text : new String[] {"/", "%", "a"}) {
      String lock = text.repeat(Names.LOCK_BYTES_MAX);
      String holder = text.repeat(Names.HOLDER_BYTES_MAX);
      assertThat(Names.lockProblem(lock)).isEmpty();
      assertThat(Keys.claimOf(Keys.claim(session, lock, holder)))
          .contains(new Keys.ClaimKey(session, lock, holder));
      assertThat(Keys.waitOf(Keys.wait(lock, Long.MAX_VALUE)))
          .contains(new Keys.WaitKey(lock, Long.MAX_VALUE));
    }
  }

  @Test
  void saysWhatIsWrongWithAName() {
    assertThat(Names.lockProblem("")).contains("A lock name is not empty");
    assertThat(Names.lockProblem("a\nb"))
        .hasValueSatisfying(p -> assertThat(p).contains("at position 1"));
    assertThat(Names.lockProblem("é".repeat(256))).isEmpty();
    assertThat(Names.lockProblem("é".repeat(257)))
        .contains("A lock name has at most 512 bytes of UTF-8");
    assertThat(Names.lockProblem("x".repeat(10_000_000))).isPresent();
    assertThat(Names.lockProblem("a\ud83d"))
        .hasValueSatisfying(p -> assertThat(p).contains("half a character"));
    assertThat(Names.lockProblem("\ude00a")).isPresent();
    assertThat(Names.lockProblem("\ud83d\ude00")).isEmpty();
    assertThat(Names.lockProblem("\ud83d\ude00".repeat(128))).isEmpty();
    assertThat(Names.lockProblem("\ud83d\ude00".repeat(129))).isPresent();
    assertThat(Names.holderProblem("h".repeat(128))).isEmpty();
    assertThat(Names.holderProblem("h".repeat(129))).isPresent();
    assertThat(Names.sessionProblem("a/b")).isPresent();
    assertThat(Names.sessionProblem("")).isPresent();
    assertThat(Names.sessionProblem("s".repeat(65))).isPresent();
    assertThat(Names.nodeProblem("n_1")).isPresent();
    assertThat(Names.objectProblem("a/../b")).isPresent();
    assertThat(Names.objectProblem("a/.b/...")).isEmpty();
    assertThatThrownBy(() -> new Owner("s/", "h")).isInstanceOf(IllegalArgumentException.class);
  }
}
