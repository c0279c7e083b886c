// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.testkit.contract.Backend;
import dev.holdfast.testkit.contract.CoordinatorContract;

final class OneServerContractTest extends CoordinatorContract {
  @Override
  protected Backend openBackend() {
    return new ZkBackend(1, 2);
  }
}
