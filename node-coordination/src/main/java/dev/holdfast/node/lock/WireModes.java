// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.lock;

import dev.holdfast.core.lock.LockMode;

/** Lock modes between the wire and the core. */
public final class WireModes {
  private WireModes() {}

  public static LockMode toCore(dev.holdfast.protocol.LockMode mode) {
    if (mode instanceof dev.holdfast.protocol.LockMode.Permits permits) {
      return new LockMode.Permits(permits.permits(), permits.max());
    }
    return mode instanceof dev.holdfast.protocol.LockMode.Shared
        ? new LockMode.Shared()
        : new LockMode.Exclusive();
  }

  public static dev.holdfast.protocol.LockMode toWire(LockMode mode) {
    return switch (mode) {
      case LockMode.Exclusive _ -> dev.holdfast.protocol.LockMode.EXCLUSIVE;
      case LockMode.Shared _ -> dev.holdfast.protocol.LockMode.SHARED;
      case LockMode.Permits(int permits, int of) ->
          dev.holdfast.protocol.LockMode.permits(permits, of);
    };
  }
}
