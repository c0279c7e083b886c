// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.transition;

import dev.holdfast.spi.coordinator.LimitExceededException;

/** What one command of a {@link CommandBatch} is told, and when that is certain. */
public sealed interface Answer<R> {
  /** Holds once the batch's transaction is committed, or its proof given. Not a moment earlier. */
  record Decided<R>(R reply) implements Answer<R> {}

  /** Refused by a condition that an earlier try of the batch was told to be false: certain now. */
  record Refused<R>(R reply) implements Answer<R> {}

  /** Does not fit even into a transaction of its own; never applied. Certain now. */
  record TooLarge<R>(LimitExceededException problem) implements Answer<R> {}
}
