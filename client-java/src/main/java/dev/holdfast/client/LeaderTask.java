// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

/** What a leader does. */
@FunctionalInterface
public interface LeaderTask {
  /**
   * Runs on a thread of its own, which is interrupted when the term is over. Returning resigns.
   *
   * @param leadership of this term: its token goes along with whatever must not happen twice
   */
  void run(Leadership leadership) throws Exception;
}
