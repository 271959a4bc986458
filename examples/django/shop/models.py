"""Customers and their orders."""

import uuid

from django.db import models


class Customer(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=40)
    points = models.IntegerField(default=0)

    class Meta:
        app_label = "shop"


class Order(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, db_constraint=False, related_name="orders")
    cents = models.BigIntegerField()

    class Meta:
        app_label = "shop"
