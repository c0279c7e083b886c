// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import java.io.IOException;

/** The peer has received a call and does not do it; the connection is as good as before. */
final class RefusedException extends IOException {
  private static final long serialVersionUID = 1;

  RefusedException(String reason) {
    super(reason);
  }
}
