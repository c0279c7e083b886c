// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import org.jspecify.annotations.Nullable;

/** Ends an export or an import at any of its steps; a retry helps only when the reason is gone. */
public final class TransferRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient TransferRefusal reason;

  TransferRefusedException(TransferRefusal reason, @Nullable Throwable cause) {
    super(reason.toString(), cause);
    this.reason = reason;
  }

  public TransferRefusal reason() {
    return reason;
  }
}
