// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.version;

/** How far a version has come. */
public enum VersionState {
  /** On disk, invisible, and swept unless its head commit succeeded (R21). */
  STAGED(0),
  /** Accepted by a node, not agreed on. */
  PROVISIONAL(1),
  /** It is or was the head that the cluster agreed on. */
  CONFIRMED(2),
  /**
   * Kept, and neither head nor branch: a node brought it back that was away while deletions were
   * forgotten, so nobody can tell whether it was deleted. An operator decides.
   */
  QUARANTINED(3);

  private final int number;

  VersionState(int number) {
    this.number = number;
  }

  /** In records; never changes. */
  int number() {
    return number;
  }

  static VersionState of(int number) {
    for (VersionState state : values()) {
      if (state.number == number) {
        return state;
      }
    }
    throw new IllegalArgumentException("Unknown state " + number);
  }

  /** Whether it belongs to the graph that users see. */
  public boolean isVisible() {
    return this == PROVISIONAL || this == CONFIRMED;
  }

  public String label() {
    return switch (this) {
      case STAGED -> "staged";
      case PROVISIONAL -> "provisional";
      case CONFIRMED -> "confirmed";
      case QUARANTINED -> "quarantined";
    };
  }
}
