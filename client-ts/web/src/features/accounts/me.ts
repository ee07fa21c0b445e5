import { type Api, bodyOf, type components } from '@gala/client'
import { useClient } from '@gala/react'
import { queryOptions, useQuery } from '@tanstack/react-query'

export type Me = components['schemas']['Me']

export function meQuery(api: Api) {
  return queryOptions({
    queryKey: ['me'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => bodyOf(api.GET('/api/v1/me')),
  })
}

/** Who this browser is to the server, and so to the others. */
export function useMe() {
  return useQuery(meQuery(useClient().api))
}
