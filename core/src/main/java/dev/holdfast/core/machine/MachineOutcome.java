// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.machine;

import java.util.List;
import java.util.Optional;

/** What became of a request. */
public sealed interface MachineOutcome {
  /** The object moves on, once this is committed. */
  record Applied(MachineObject object, JournalEvent event) implements MachineOutcome {}

  /**
   * Nothing changes.
   *
   * @param failures all reasons, in the order of the document; at least one
   * @param compensates whether the steps before are to be undone now
   */
  record Refused(List<Failure> failures, boolean compensates) implements MachineOutcome {
    public Refused {
      failures = List.copyOf(failures);
    }

    static Refused because(String transition, String code, String message) {
      return new Refused(List.of(new Failure(transition, code, message)), false);
    }
  }

  /**
   * The object was created before, and its machine has an answer for those who try again.
   *
   * @param reply of the stored data
   */
  record Existing(String code, Optional<Object> reply) implements MachineOutcome {}

  /**
   * @param transition that was tried, or the event where none was
   * @param code of the machine's own, or one of {@link FailureCodes}
   */
  record Failure(String transition, String code, String message) {}
}
