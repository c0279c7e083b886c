// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.testkit.contract.Backend;
import dev.holdfast.testkit.contract.CoordinatorContract;

final class ThreeServersContractTest extends CoordinatorContract {
  @Override
  protected Backend openBackend() {
    return new ZkBackend(3, 3);
  }
}
