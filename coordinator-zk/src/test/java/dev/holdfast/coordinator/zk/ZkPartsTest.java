// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import java.util.List;
import java.util.Map;
import org.apache.zookeeper.common.PathUtils;
import org.junit.jupiter.api.Test;

/** Names, marks, options, versions. */
final class ZkPartsTest {
  @Test
  void writesEveryKeyAsANameThatZooKeeperTakesAndReadsItBack() {
    ZkPaths paths = new ZkPaths("/holdfast/x");
    for (String key :
        List.of(
            "a",
            ".",
            "..",
            "a/..",
            "/",
            "//",
            "/a",
            "lock/3rd floor",
            "ключ/𝄞",
            "%2F",
            "a\u0000b",
            "\ufff0",
            "\ue000",
            "zookeeper",
            "x".repeat(EntryKey.SIZE_BYTES_MAX))) {
      String path = paths.entry(new EntryKey(key));

      PathUtils.validatePath(path);
      assertThat(ZkPaths.unescape(path.substring(path.lastIndexOf('/') + 1))).isEqualTo(key);
      assertThat(path.split("/")).hasSize(8);
    }
  }

  /** R5: a busy neighbour must not refuse the first request of a key over and over. */
  @Test
  void aBucketKnowsTheDeletionsOfItsKeysApart() {
    EntryKey quiet = new EntryKey("lock/quiet");
    EntryKey busy = new EntryKey("lock/busy");
    Bucket bucket = Bucket.NONE;
    long zxid = 1;
    bucket = Bucket.decode(bucket.encodeAfterDeleting(List.of(quiet)), 0, zxid);
    for (int i = 0; i < 1_000; i++) {
      zxid++;
      bucket = Bucket.decode(bucket.encodeAfterDeleting(List.of(busy)), i + 1, zxid);
    }

    assertThat(bucket.lastDeleted(quiet)).isEqualTo(1);
    assertThat(bucket.lastDeleted(busy)).isEqualTo(zxid);
    assertThat(bucket.lastDeleted(new EntryKey("lock/never"))).isZero();
  }

  @Test
  void aBucketForgetsTheOldestDeletionsOnTheStrictSide() {
    Bucket bucket = Bucket.NONE;
    for (int i = 1; i <= 3 * Bucket.MARKS_MAX; i++) {
      EntryKey key = new EntryKey("lock/" + i);
      bucket = Bucket.decode(bucket.encodeAfterDeleting(List.of(key)), i, i);
    }

    for (int i = 1; i <= 3 * Bucket.MARKS_MAX; i++) {
      assertThat(bucket.lastDeleted(new EntryKey("lock/" + i)))
          .isGreaterThanOrEqualTo(i)
          .isLessThanOrEqualTo(Math.max(i, 2 * Bucket.MARKS_MAX));
    }
  }

  @Test
  void namesAllWrongOptionsAtOnceAndWhatWasMeant() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            ZkOptions.parse(
                Map.of("sessionTimeOut", "5s", "chroot", "holdfast", "juteMaxBuffer", "1 apple"),
                "c"))
        .withMessageContaining("did you mean sessionTimeout?")
        .withMessageContaining("connect is needed")
        .withMessageContaining("chroot is \"holdfast\"")
        .withMessageContaining("1 apple");
  }

  @Test
  void takesTheClusterForTheChroot() {
    ZkOptions options = ZkOptions.parse(Map.of("connect", "a:2181,b:2181"), "c1");

    assertThat(options.chroot()).isEqualTo("/holdfast/c1");
    assertThat(options.servers()).containsExactly("a:2181", "b:2181");
  }

  /** Z3: what every client of ZooKeeper takes. */
  @Test
  void takesThePathBehindTheServersForTheChroot() {
    ZkOptions options = ZkOptions.parse(Map.of("connect", "a:2181,b:2181/my/app"), "c1");

    assertThat(options.chroot()).isEqualTo("/my/app");
    assertThat(options.servers()).containsExactly("a:2181", "b:2181");
    assertThat(options.connect()).isEqualTo("a:2181,b:2181");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> ZkOptions.parse(Map.of("connect", "a:2181/my/app", "chroot", "/other"), "c1"))
        .withMessageContaining("give one of them");
  }

  @Test
  void refusesAnIdentityThatCannotWork() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            ZkOptions.parse(
                Map.of(
                    "connect", "a:1",
                    "auth", "digest",
                    "acl", "operator",
                    "keyStore", "/not/there"),
                "c1"))
        .withMessageContaining("authFile is needed")
        .withMessageContaining("acl has \"operator\"")
        .withMessageContaining("keyStore /not/there cannot be read")
        .withMessageContaining("go with tls: true only");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ZkOptions.parse(Map.of("connect", "a:1", "acl", "sasl:ops:r"), "c1"))
        .withMessageContaining("acl is for znodes that are protected");
  }

  @Test
  void refusesServersThatLoseCommits() {
    assertThat(EnsembleProbe.check("a:1", "Zookeeper version: 3.9.4-abc, built on")).isTrue();
    assertThat(EnsembleProbe.check("a:1", "Zookeeper version: 3.10.0-abc, built on")).isTrue();
    assertThat(EnsembleProbe.check("a:1", "srvr is not executed: not in the whitelist.")).isFalse();

    for (String old : List.of("3.9.3", "3.8.6", "2.99.99")) {
      assertThatThrownBy(() -> EnsembleProbe.check("a:1", "Zookeeper version: " + old + "-x"))
          .isInstanceOf(CoordinatorFailedException.class)
          .hasMessageContaining(old);
    }
  }
}
