// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

/** Ends a removal at any of its steps; a retry helps only when the reason is gone. */
public final class RemovalRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient RemovalRefusal reason;

  RemovalRefusedException(RemovalRefusal reason) {
    super(reason.toString());
    this.reason = reason;
  }

  public RemovalRefusal reason() {
    return reason;
  }
}
