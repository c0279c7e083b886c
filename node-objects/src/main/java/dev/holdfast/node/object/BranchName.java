// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ObjectKey;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.core.version.VersionId;
import java.util.Comparator;

/** A provisional head of a key. In the order in which nodes list them. */
record BranchName(ObjectKey key, VersionId version) implements Comparable<BranchName> {
  private static final Comparator<BranchName> ORDER =
      Comparator.comparing((BranchName one) -> hash(one.key)).thenComparing(BranchName::version);

  /** In hex. */
  static String hash(ObjectKey key) {
    return Sha256.of(key.utf8()).toHex();
  }

  @Override
  public int compareTo(BranchName other) {
    return ORDER.compare(this, other);
  }
}
