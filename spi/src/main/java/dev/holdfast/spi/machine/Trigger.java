// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.machine;

/** What may make a transition. */
public enum Trigger {
  CLIENT,
  /** The cluster, when a timer is due. */
  TIMER,
  /** The cluster, to undo a step of a saga. */
  COMPENSATION
}
