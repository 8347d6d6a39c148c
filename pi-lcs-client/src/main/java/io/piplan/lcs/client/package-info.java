/** The SDK: {@link io.piplan.lcs.client.LcsClient}. */
package io.piplan.lcs.client;
