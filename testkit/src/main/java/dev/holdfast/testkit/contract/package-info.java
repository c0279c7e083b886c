/**
 * What every coordinator and every merge policy must pass, as tests. The author of a backend
 * extends {@link dev.holdfast.testkit.contract.CoordinatorContract} and supplies a {@link
 * dev.holdfast.testkit.contract.Backend}; the rest is inherited. The author of a merge policy
 * implements {@link dev.holdfast.testkit.contract.MergePolicyContract} in the same way.
 */
@NullMarked
package dev.holdfast.testkit.contract;

import org.jspecify.annotations.NullMarked;
