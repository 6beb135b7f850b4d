# APPLICATION/FLIGHT
terraform import msstore_flight.beta 9NBLGGH4R315/43e448df-97c9-4a43-a0bc-2a445e736bcd
