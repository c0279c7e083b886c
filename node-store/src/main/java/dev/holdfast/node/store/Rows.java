// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import org.jspecify.annotations.Nullable;

/** All tables as they are at one moment. For one thread, and as long as the action that got it. */
interface Rows {
  /** Sees a row; false ends the walk. */
  @FunctionalInterface
  interface Visitor {
    boolean visit(byte[] key, byte[] value);
  }

  byte @Nullable [] get(Table table, byte[] key);

  /** The rows at or after a key, in the order of their bytes, until the visitor has enough. */
  void forEach(Table table, byte[] from, Visitor visitor);

  /** Of a table that {@link Table#isCounted is counted}. */
  long size(Table table);

  /** Whether this is a read, which cannot repair what it meets. */
  boolean isReadOnly();
}
